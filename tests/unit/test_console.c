// SPDX-License-Identifier: GPL-2.0-or-later
/* Consoles on one line: the console that is shown, the order of output, the kept text; merged
 * lines. */
#include "tests/unit/console_line.h"

#include <stdio.h>
#include <string.h>

/* -- One in front
 * ------------------------------------------------------------------------------- */

static void first_console_is_in_front(void **state)
{
	(void)state;
	assert_ptr_equal(console_front(), &consoles[0]);
	print(1, "not shown\n");
	print(0, "shown\nas it is\r\n \033[1m");
	assert_output("shown\r\nas it is\r\n \033[1m");
}

static void own_text_begins_on_a_line_of_its_own(void **state)
{
	(void)state;
	print(0, "open");
	send_all();
	say("one");
	say("two");
	print(0, " again\n");
	say("three");
	assert_output("open\r\numbra: one\r\numbra: two\r\numbra: three\r\n again\r\n");
	console_print("prompt> ");
	say("four");
	assert_output("prompt> \r\numbra: four\r\n");
}

static void change_of_front_shows_kept_output(void **state)
{
	(void)state;
	print(1, "before\n");
	print(2, "nothing of this\n");
	print(0, "open");
	console_to_front(&consoles[1]);
	print(1, "after\n");
	print(0, " more\n");
	assert_output("--- guest bb ---\r\nbefore\r\nafter\r\n");
	console_to_front(&consoles[1]);
	assert_output("");
	console_to_front(&consoles[0]);
	assert_output("--- guest a ---\r\nopen more\r\n");
	/* Text that was shown before is shown again, as the context of new text. */
	console_to_front(&consoles[1]);
	assert_output("--- guest bb ---\r\nbefore\r\nafter\r\n");
	/* Nothing was printed: no line announces the change. */
	console_to_front(&consoles[3]);
	assert_output("");
}

static void context_begins_at_a_line(void **state)
{
	(void)state;
	for (u32 i = 0; i < 500; i++)
		print(1, "another line\n");
	console_to_front(&consoles[1]);
	console_to_front(&consoles[0]);
	output_size = 0;
	console_to_front(&consoles[1]);
	send_all();
	assert_memory_equal(output, "--- guest bb ---\r\nanother line\r\n", 32);
	assert_true(output_size > 1000 && output_size < 1300);
}

static void hidden_console_keeps_last_16_kb(void **state)
{
	char line[32];

	(void)state;
	for (u32 i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		assert_int_equal(print(1, line), strlen(line));
	}
	assert_int_equal(console_room(&consoles[1]), CONSOLE_KEPT);
	assert_int_equal(consoles[1].written - consoles[1].overwritten, CONSOLE_KEPT);
	assert_true(console_is_out(&consoles[1]));
	console_to_front(&consoles[1]);
	send_all();
	assert_true(contains(output, "line 9999\r\n"));
	assert_false(contains(output, "line 8000\r\n"));
	assert_true(console_is_out(&consoles[1]));
}

static u32 events;

static void count(void *owner)
{
	events += *(u32 *)owner;
}

static void full_buffer_refuses_and_tells_room(void **state)
{
	static char text[CONSOLE_KEPT + 100];
	u32 one = 1;

	(void)state;
	memset(text, 'x', sizeof(text));
	events = 0;
	console_listen(&consoles[0], &one, count, NULL);
	assert_int_equal(console_room(&consoles[0]), CONSOLE_KEPT);
	assert_int_equal(console_keep(&consoles[0], text, sizeof(text)), CONSOLE_KEPT);
	assert_int_equal(console_room(&consoles[0]), 0);
	assert_int_equal(console_keep(&consoles[0], text, 1), 0);
	send(10);
	assert_int_equal(console_room(&consoles[0]), 10);
	assert_false(console_list.room_is_due);
	send(CONSOLE_KEPT / 4);
	assert_true(console_list.room_is_due);
	console_tell_room();
	assert_int_equal(events, 1);
	assert_false(console_list.room_is_due);
	console_keep(&consoles[0], text, sizeof(text));
	console_to_front(&consoles[1]); /* it is not shown now: there is room */
	assert_true(console_list.room_is_due);
	console_tell_room();
	assert_int_equal(events, 2);
	console_listen(&consoles[0], NULL, NULL, NULL);
}

static void own_text_precedes_guest_output(void **state)
{
	static char text[CONSOLE_KEPT];

	(void)state;
	memset(text, 'x', sizeof(text));
	console_keep(&consoles[0], text, sizeof(text));
	send(100);
	say("now");
	send(14);
	output[output_size] = '\0';
	assert_string_equal(output + 100, "\r\numbra: now\r\n");
}

static void closed_console_gives_front_to_next(void **state)
{
	(void)state;
	print(0, "lost");
	console_close(&consoles[0]);
	assert_ptr_equal(console_front(), &consoles[1]);
	print(1, "shown\n");
	assert_output("shown\r\n");
	for (u32 i = CONSOLES; --i;)
		console_close(&consoles[i]);
	assert_null(console_front());
	assert_output("");
	console_open(&consoles[2], "new");
	assert_ptr_equal(console_front(), &consoles[2]);
}

/* -- Merged
 * ------------------------------------------------------------------------------------- */

static void merged_lines_have_names(void **state)
{
	(void)state;
	print(2, "one\ntwo\r\n");
	print(0, "three\n");
	say("four");
	assert_output("umbra: four\r\na| three\r\nguest-3| one\r\nguest-3| two\r\n");
}

static void own_text_waits_for_end_of_merged_line(void **state)
{
	(void)state;
	print(0, "a whole line\n");
	send(8);
	say("ours");
	assert_output("a| a whole line\r\numbra: ours\r\n");
}

static void merged_line_is_shown_when_complete(void **state)
{
	(void)state;
	print(0, "half");
	print(1, "whole\n");
	assert_output("bb| whole\r\n");
	print(0, " and half\nrest");
	assert_output("a| half and half\r\n");
	assert_false(console_is_out(&consoles[0])); /* its guest has ended */
	assert_output("a| rest");
	assert_true(console_is_out(&consoles[0]));
	say("ended");
	assert_output("\r\numbra: ended\r\n");
}

static void incomplete_line_is_shown_after_a_second(void **state)
{
	(void)state;
	assert_true(multiplexer_deadline() == TIMER_NEVER);
	print(0, "/ # ");
	assert_true(multiplexer_deadline() == now + MERGED_LINE_WAIT_NS);
	now += MERGED_LINE_WAIT_NS - 1;
	assert_output("");
	now++;
	assert_output("a| / # ");
	assert_true(multiplexer_deadline() == TIMER_NEVER);
	/* After the prompt is shown, the echo of typed keys is shown at once. */
	print(0, "l");
	assert_output("l");
	print(0, "s");
	assert_output("s");
	print(1, "in between\n");
	assert_output("\r\nbb| in between\r\n");
	print(0, "\nfile\n");
	assert_output("a> \r\na| file\r\n");
}

static void key_shows_incomplete_line(void **state)
{
	char keys[2] = "";

	(void)state;
	console_listen(&consoles[0], keys, NULL, take_key);
	print(0, "prompt ");
	assert_output("");
	type("x");
	print(0, "y");
	assert_output("a| prompt y");
	assert_string_equal(keys, "x");
	print(0, "\nand the next line waits again");
	assert_output("\r\n");
}

static void long_merged_line_is_cut(void **state)
{
	static char text[MERGED_LINE_MAX + 10];

	(void)state;
	memset(text, 'x', sizeof(text));
	console_keep(&consoles[0], text, sizeof(text));
	print(1, "b\n");
	print(0, "\n");
	send_all();
	assert_int_equal(output_size, strlen("a| \r\nbb| b\r\na> \r\n") + sizeof(text));
	assert_true(contains(output, "x\r\nbb| b\r\na> xxxxxxxxxx\r\n"));
}

static void merged_control_characters_are_escaped(void **state)
{
	(void)state;
	print(0, "a\tb\rc\033[2Jd\177e\f\n");
	assert_output("a| a\tbc^[[2Jd^?e^L\r\n");
	/* Each control character needs room for two bytes: with one byte of room, none is taken. */
	print(0, "x");
	while (print(0, "\001"))
		;
	assert_int_equal(consoles[0].written - consoles[0].sent, CONSOLE_KEPT - 1);
}

/* C1 control characters, alone and as UTF-8: CSI, NEL, and what overlong forms would make of them.
 * Each is one question mark, and so is every other byte that is part of no character. */
static void merged_c1_controls_are_replaced(void **state)
{
	(void)state;
	print(0, "a\x9B"
		 "1Ab\xC2\x9B"
		 "2Jc\xC2\x85umbra: d\n");
	assert_output("a| a?1Ab?2Jc?umbra: d\r\n");
	print(0, "\xE0\x82\x9B \xC0\x9B \xF0\x80\x82\x9B \xED\xA0\x9B \xFF\xC2\n");
	assert_output("a| ??? ?? ???? ??? ??\r\n");
	for (u32 byte = 0x80; byte < 0xA0; byte++) {
		char text[] = {'\xC2', byte, byte, '\n', '\0'};

		print(0, text);
		assert_output("a| ??\r\n");
	}
}

static void merged_utf8_letters_are_shown(void **state)
{
	(void)state;
	print(0, "\xC2\xA0\xC3\x9F\xC3\x9B \xE2\x94\x80 \xF0\x9F\x98\x80\n");
	assert_output("a| \xC2\xA0\xC3\x9F\xC3\x9B \xE2\x94\x80 \xF0\x9F\x98\x80\r\n");
}

/* However a character is split, it goes out as a whole or not at all; so does a control
 * character. */
static void character_may_come_in_several_writes(void **state)
{
	(void)state;
	print(0, "\xC2");
	print(0, "\x9B"
		 "A\xE2");
	print(1, "b\n");
	print(0, "\x94");
	assert_output("bb| b\r\n");
	print(0, "\x80\n");
	assert_output("a| ?A\xE2\x94\x80\r\n");
	print(0, "\xC2");
	console_is_out(&consoles[0]);
	assert_output("");
	print(0, "\n");
	assert_output("a| ?\r\n");
}

/* Between two bytes of a character nothing else goes out: neither our own text nor another's
 * line. */
static void merged_characters_are_not_split(void **state)
{
	static char text[MERGED_LINE_MAX + 8];

	(void)state;
	print(0, "\xC3\x9B"
		 "end");
	now += MERGED_LINE_WAIT_NS;
	send(4); /* the label and the character's first byte */
	say("ours");
	assert_output("a| \xC3\x9B\r\numbra: ours\r\na> end");
	memset(text, 'x', MERGED_LINE_MAX - 4);
	strcpy(text + MERGED_LINE_MAX - 4, "\xE2\x94\x80\n");
	print(0, text);
	send_all();
	assert_true(contains(output, "x\xE2\x94\x80\r\na> \r\n"));
}

/* A character that is not complete has its room set aside: all that is taken goes out. */
static void room_includes_rest_of_a_character(void **state)
{
	u32 taken = 0;

	(void)state;
	while (print(0, taken % 2 ? "\xF0\x9F\x98" : "\001") == (taken % 2 ? 3 : 1))
		taken++;
	assert_true(consoles[0].written - consoles[0].sent <= CONSOLE_KEPT);
	send_all();
	console_is_out(&consoles[0]);
	send_all();
	assert_int_equal(consoles[0].written, consoles[0].sent);
	assert_true(contains(output, "^A?^A?^A?"));
}

/* While one guest prints without pause, another guest's line comes before the flood's third line.
 * */
static void consoles_take_turns_by_line(void **state)
{
	(void)state;
	while (print(0, "flood\n") == 6)
		;
	print(3, "help!\n");
	print(1, "me too\n");
	send(40);
	output[output_size] = '\0';
	assert_memory_equal(output, "a| flood\r\nbb| me too\r\nd| help!\r\n", 32);
}

static void open_monitor_stops_merged_output(void **state)
{
	(void)state;
	console_set_front(NULL);
	print(0, "later\n");
	assert_output("");
	assert_true(console_is_out(&consoles[0]));
	say("now");
	assert_output("umbra: now\r\n");
	console_set_front(&consoles[1]);
	assert_output("a| later\r\n");
}

static u32 found;

static void count_found(void *owner)
{
	assert_ptr_equal(owner, &found);
	found++;
}

/* The text is found after `bytes` of the output, also if this comes in one piece; 0: never. */
static void assert_found(const char *text, const char *output, u32 bytes)
{
	u32 i;

	found = 0;
	console_await(&consoles[1], text, count_found, &found);
	for (i = 0; output[i] && !found; i++)
		console_keep(&consoles[1], output + i, 1);
	assert_int_equal(found ? i : 0, bytes);
	console_await(&consoles[1], text, count_found, &found);
	console_keep(&consoles[1], output, strlen(output));
	assert_int_equal(found, bytes ? 2 : 0);
}

static void awaited_text_is_found_once(void **state)
{
	(void)state;
	assert_found("b", "abab", 2);
	assert_found("login: ", "lo\nlogin:login: x", 16);
	assert_found("aab", "aaab", 4);
	assert_found("abab", "abaabab", 7);
	assert_found("abcabd", "abcabcabd", 9);
	assert_found("aaaa", "aaabaaab", 0);
	assert_found("xy", "", 0);
	console_await(&consoles[1], "a", count_found, &found);
	found = 0;
	console_keep(&consoles[1], "aaa", 3);
	assert_int_equal(found, 1);
	assert_panics(console_await(&consoles[1], "", count_found, &found), "does not hold");
}

/* A clone's console: the same text is kept, and none of it is sent. */
static void history_is_copied(void **state)
{
	char last[8];

	(void)state;
	print(1, "before\n");
	console_copy_history(&consoles[2], &consoles[1]);
	assert_int_equal(console_unsent(&consoles[2]), 0);
	assert_int_equal(console_last_output(&consoles[2], last, sizeof(last)), 7);
	assert_memory_equal(last, "before\n", 7);
	console_to_front(&consoles[2]);
	assert_output("--- guest guest-3 ---\r\nbefore\r\n");
	print(2, "after\n");
	assert_output("after\r\n");
	assert_int_equal(console_last_output(&consoles[2], last, 3), 3);
	assert_memory_equal(last, "er\n", 3);
}

/* Wherever the ring's end is in it. */
static void last_output_is_in_order(void **state)
{
	char last[8];

	(void)state;
	for (u32 i = 0; i < CONSOLE_KEPT / 4 - 4; i++)
		print(1, "abc\n");
	for (u32 n = 0; n < 8; n++) {
		print(1, "123\n");
		assert_int_equal(console_last_output(&consoles[1], last, sizeof(last)), 8);
		assert_memory_equal(last, n ? "123\n123\n" : "abc\n123\n", 8);
		assert_int_equal(console_last_output(&consoles[1], last, 5), 5);
		assert_memory_equal(last, "\n123\n", 5);
	}
}

/* A restored guest's console: the same from its snapshot, also if it is in front already. */
static void history_is_restored(void **state)
{
	(void)state;
	console_set_history(&consoles[0], "old\n", 4);
	print(0, "new\n");
	assert_output("old\r\nnew\r\n");
	console_set_history(&consoles[1], "hidden\n", 7);
	assert_int_equal(console_unsent(&consoles[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FRONT_TEST(first_console_is_in_front),
	    FRONT_TEST(own_text_begins_on_a_line_of_its_own),
	    FRONT_TEST(change_of_front_shows_kept_output),
	    FRONT_TEST(context_begins_at_a_line),
	    FRONT_TEST(hidden_console_keeps_last_16_kb),
	    FRONT_TEST(full_buffer_refuses_and_tells_room),
	    FRONT_TEST(own_text_precedes_guest_output),
	    FRONT_TEST(closed_console_gives_front_to_next),
	    FRONT_TEST(awaited_text_is_found_once),
	    FRONT_TEST(history_is_copied),
	    FRONT_TEST(last_output_is_in_order),
	    FRONT_TEST(history_is_restored),
	    MERGED_TEST(merged_lines_have_names),
	    MERGED_TEST(own_text_waits_for_end_of_merged_line),
	    MERGED_TEST(merged_line_is_shown_when_complete),
	    MERGED_TEST(incomplete_line_is_shown_after_a_second),
	    MERGED_TEST(key_shows_incomplete_line),
	    MERGED_TEST(long_merged_line_is_cut),
	    MERGED_TEST(merged_control_characters_are_escaped),
	    MERGED_TEST(merged_c1_controls_are_replaced),
	    MERGED_TEST(merged_utf8_letters_are_shown),
	    MERGED_TEST(character_may_come_in_several_writes),
	    MERGED_TEST(merged_characters_are_not_split),
	    MERGED_TEST(room_includes_rest_of_a_character),
	    MERGED_TEST(consoles_take_turns_by_line),
	    MERGED_TEST(open_monitor_stops_merged_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

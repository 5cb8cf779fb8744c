// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many consoles on one line, without the hardware: who is shown, in which order, that no byte is lost
 * and no line cut. The clock and the line are the test's.
 */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/timer.h"
#include "hv/console_input.h"
#include "hv/multiplexer.h"

#define CONSOLES 5u
#define OUTPUT_SIZE (4u << 20)
#define CTRL_A "\001"

static struct console consoles[CONSOLES];
static const char *const names[CONSOLES] = {"a", "bb", "guest-3", "d", "e"};
static char output[OUTPUT_SIZE]; /* what the terminal got */
static u32 output_size;
static u64 now;

/* -- What console.c does, without hardware ------------------------------------------------------ */

u64 timer_now(void)
{
	return now;
}

static void send(u32 most)
{
	while (most-- && multiplexer_next(&output[output_size]))
		assert_true(++output_size < OUTPUT_SIZE);
}

static void send_all(void)
{
	send(UINT32_MAX);
	output[output_size] = '\0';
}

static void own(const char *text)
{
	while (*text)
		if (multiplexer_own(*text))
			text++;
		else
			send(1);
}

static void say_arguments(const char *start, const char *text, va_list arguments, const char *end)
{
	char line[256];

	vsnprintf(line, sizeof(line), text, arguments);
	own(start);
	own(line);
	own(end);
}

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	say_arguments(multiplexer_own_is_open() ? "\numbra: " : "umbra: ", text, arguments, "\n");
	va_end(arguments);
}

void console_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	say_arguments("", text, arguments, "");
	va_end(arguments);
	send_all();
}

/* -- Helpers ---------------------------------------------------------------------------------- */

static void open_all(bool merged)
{
	memset(consoles, 0x5A, sizeof(consoles));
	multiplexer_init(merged);
	output_size = 0;
	now = 1;
	for (u32 i = 0; i < CONSOLES; i++)
		console_open(&consoles[i], names[i]);
}

static int start_front(void **state)
{
	(void)state;
	open_all(false);
	return 0;
}

static int start_merged(void **state)
{
	(void)state;
	open_all(true);
	return 0;
}

static u32 print(u32 console, const char *text)
{
	return multiplexer_write(&consoles[console], text, strlen(text));
}

static void type(const char *keys)
{
	while (*keys)
		console_input_put(*keys++);
	console_input_poll();
}

static void take_key(void *owner, char byte)
{
	char *text = owner;

	text[strlen(text)] = byte;
}

/* What has come out since the last time. */
static void assert_output(const char *expected)
{
	send_all();
	assert_string_equal(output, expected);
	output_size = 0;
}

/* -- One in front ------------------------------------------------------------------------------- */

static void the_first_is_in_front(void **state)
{
	(void)state;
	assert_ptr_equal(console_front(), &consoles[0]);
	print(1, "not shown\n");
	print(0, "shown\nas it is\r\n \033[1m");
	assert_output("shown\r\nas it is\r\n \033[1m");
	consoles[0].raw = true;
	print(0, "a\nb");
	assert_output("a\nb");
}

static void our_lines_are_lines(void **state)
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

static void a_change_shows_what_was_kept(void **state)
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
	/* What has been seen is shown again, to go on from. */
	console_to_front(&consoles[1]);
	assert_output("--- guest bb ---\r\nbefore\r\nafter\r\n");
	/* Nothing was printed: nobody has to be told. */
	console_to_front(&consoles[3]);
	assert_output("");
}

static void what_is_shown_again_is_whole_lines(void **state)
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

static void the_last_16_kb_are_kept(void **state)
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

static u32 told;

static void count(void *owner)
{
	told += *(u32 *)owner;
}

static void who_is_shown_waits(void **state)
{
	static char text[CONSOLE_KEPT + 100];
	u32 one = 1;

	(void)state;
	memset(text, 'x', sizeof(text));
	told = 0;
	console_listen(&consoles[0], &one, count, NULL);
	assert_int_equal(console_room(&consoles[0]), CONSOLE_KEPT);
	assert_int_equal(multiplexer_write(&consoles[0], text, sizeof(text)), CONSOLE_KEPT);
	assert_int_equal(console_room(&consoles[0]), 0);
	assert_int_equal(multiplexer_write(&consoles[0], text, 1), 0);
	send(10);
	assert_int_equal(console_room(&consoles[0]), 10);
	assert_false(multiplexer_room_has_come());
	send(CONSOLE_KEPT / 4);
	assert_true(multiplexer_room_has_come());
	multiplexer_tell_room();
	assert_int_equal(told, 1);
	assert_false(multiplexer_room_has_come());
	multiplexer_write(&consoles[0], text, sizeof(text));
	console_to_front(&consoles[1]); /* nobody sees it now: there is room */
	assert_true(multiplexer_room_has_come());
	multiplexer_tell_room();
	assert_int_equal(told, 2);
	console_listen(&consoles[0], NULL, NULL, NULL);
}

static void own_text_waits_for_nobody(void **state)
{
	static char text[CONSOLE_KEPT];

	(void)state;
	memset(text, 'x', sizeof(text));
	multiplexer_write(&consoles[0], text, sizeof(text));
	send(100);
	say("now");
	send(14);
	output[output_size] = '\0';
	assert_string_equal(output + 100, "\r\numbra: now\r\n");
}

static void a_console_closes(void **state)
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

/* -- Merged ------------------------------------------------------------------------------------- */

static void lines_have_names(void **state)
{
	(void)state;
	print(2, "one\ntwo\r\n");
	print(0, "three\n");
	say("four");
	assert_output("umbra: four\r\na| three\r\nguest-3| one\r\nguest-3| two\r\n");
}

static void our_lines_cut_nobodys(void **state)
{
	(void)state;
	print(0, "a whole line\n");
	send(8);
	say("ours");
	assert_output("a| a whole line\r\numbra: ours\r\n");
}

static void a_line_is_shown_when_it_is_whole(void **state)
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

static void or_when_it_waits(void **state)
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
	/* What is typed now is echoed at once. */
	print(0, "l");
	assert_output("l");
	print(0, "s");
	assert_output("s");
	print(1, "in between\n");
	assert_output("\r\nbb| in between\r\n");
	print(0, "\nfile\n");
	assert_output("a> \r\na| file\r\n");
}

static void keys_hurry(void **state)
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

static void a_long_line_is_cut(void **state)
{
	static char text[MERGED_LINE_MAX + 10];

	(void)state;
	memset(text, 'x', sizeof(text));
	multiplexer_write(&consoles[0], text, sizeof(text));
	print(1, "b\n");
	print(0, "\n");
	send_all();
	assert_int_equal(output_size, strlen("a| \r\nbb| b\r\na> \r\n") + sizeof(text));
	assert_true(contains(output, "x\r\nbb| b\r\na> xxxxxxxxxx\r\n"));
}

static void control_characters_are_shown(void **state)
{
	(void)state;
	print(0, "a\tb\rc\033[2Jd\177e\f\n");
	assert_output("a| a\tbc^[[2Jd^?e^L\r\n");
	/* Each takes the room of two: of a last byte of room, none. */
	print(0, "x");
	while (print(0, "\001"))
		;
	assert_int_equal(consoles[0].written - consoles[0].sent, CONSOLE_KEPT - 1);
}

/* A flood of one guest's: another's line comes before the third of the flood's. */
static void lines_come_in_turn(void **state)
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

static void the_monitor_holds_lines_back(void **state)
{
	(void)state;
	multiplexer_to_front(NULL);
	print(0, "later\n");
	assert_output("");
	assert_true(console_is_out(&consoles[0]));
	say("now");
	assert_output("umbra: now\r\n");
	multiplexer_to_front(&consoles[1]);
	assert_output("a| later\r\n");
}

/* -- Random writers ----------------------------------------------------------------------------- */

#define WRITTEN_MAX (1u << 20)
#define SAID "umbra: line "

static char
    *written[CONSOLES]; /* what each has written, in merged mode without its newlines' returns */
static u32 written_size[CONSOLES];
static u32 lines_said;

static void write_randomly(u32 console)
{
	char text[300];
	u32 size = random_below(sizeof(text)), taken;

	for (u32 i = 0; i < size; i++)
		text[i] = random_below(40) ? 'a' + random_below(26) : '\n';
	if (written_size[console] + size > WRITTEN_MAX)
		return;
	taken = multiplexer_write(&consoles[console], text, size);
	assert_true(taken == size || console_room(&consoles[console]) < 2);
	memcpy(written[console] + written_size[console], text, taken);
	written_size[console] += taken;
}

static void some_steps(u32 steps, u32 writers)
{
	for (u32 i = 0; i < CONSOLES; i++) {
		written[i] = calloc(WRITTEN_MAX + 1, 1);
		written_size[i] = 0;
	}
	lines_said = 0;
	for (u32 i = 0; i < steps && output_size < OUTPUT_SIZE / 2; i++) {
		now += random_below(MERGED_LINE_WAIT_NS / 100);
		write_randomly(random_below(writers));
		send(random_below(800));
		if (!random_below(100))
			say("line %u", lines_said++);
	}
	for (u32 i = 0; i < CONSOLES; i++)
		console_is_out(&consoles[i]);
	send_all();
}

static void release_written(void)
{
	for (u32 i = 0; i < CONSOLES; i++)
		free(written[i]);
}

/* Checks a line that begins with "NAME| " or "NAME> " against what that console has written. */
static void check_merged_line(const char *line, u32 length, u32 *seen)
{
	const char *mark = line + strcspn(line, "|>");

	for (u32 i = 0; i < CONSOLES; i++) {
		u32 text = length - (mark + 2 - line);

		if (strlen(names[i]) != (size_t)(mark - line) ||
		    strncmp(line, names[i], mark - line))
			continue;
		if (*mark == '|' && seen[i])
			assert_int_equal(written[i][seen[i]++], '\n');
		assert_true(seen[i] + text <= written_size[i]);
		assert_memory_equal(mark + 2, written[i] + seen[i], text);
		seen[i] += text;
		return;
	}
	fail_msg("whose line is this: %.*s", (int)length, line);
}

/* strstr would look through all of it each time, for the sanitizer's sake. */
static char *next_line_end(char *line)
{
	return memchr(line, '\r', output + output_size - line);
}

static void merged_output_is_complete(void **state)
{
	u32 seen[CONSOLES] = {0}, said = 0, number;

	(void)state;
	some_steps(8000, CONSOLES);
	for (char *line = output, *end; (end = next_line_end(line)); line = end + 2) {
		*end = '\0';
		if (sscanf(line, SAID "%u", &number) == 1)
			assert_int_equal(number, said++);
		else
			check_merged_line(line, end - line, seen);
	}
	assert_int_equal(said, lines_said);
	for (u32 i = 0; i < CONSOLES; i++) {
		assert_true(written_size[i] > 100000);
		/* Only a last line without an end may still be open, or its newline not be seen. */
		assert_true(written_size[i] - seen[i] < 400);
	}
	release_written();
}

/* One is in front, and our own lines come in between: take these out, and it is what was written. */
static void front_output_is_complete(void **state)
{
	u32 seen = 0;

	(void)state;
	some_steps(8000, 1);
	for (char *at = output; *at; at++) {
		if (!strncmp(at, SAID, sizeof(SAID) - 1))
			at = strchr(at, '\n');
		else if (*at != '\r' && !(*at == '\n' && written[0][seen] != '\n'))
			assert_int_equal(*at, written[0][seen++]);
	}
	assert_int_equal(seen, written_size[0]);
	assert_true(seen > 500000);
	release_written();
}

/* -- Keys --------------------------------------------------------------------------------------- */

static char typed[CONSOLES][64];

static int start_keys(void **state)
{
	start_front(state);
	memset(typed, 0, sizeof(typed));
	for (u32 i = 0; i < CONSOLES; i++)
		console_listen(&consoles[i], typed[i], NULL, take_key);
	return 0;
}

static void keys_go_to_the_front(void **state)
{
	(void)state;
	type("abc" CTRL_A "n"
	     "def" CTRL_A "3"
	     "ghi" CTRL_A "p" CTRL_A "p" CTRL_A "p"
	     "j" CTRL_A CTRL_A "k");
	assert_string_equal(typed[0], "abc");
	assert_string_equal(typed[1], "def");
	assert_string_equal(typed[2], "ghi");
	assert_string_equal(typed[3], "");
	assert_string_equal(typed[4], "j" CTRL_A "k");
	type(CTRL_A "n"
		    "l");
	assert_string_equal(typed[0], "abcl");
}

static void unknown_keys_get_a_hint(void **state)
{
	(void)state;
	type(CTRL_A "9");
	assert_output("umbra: Ctrl-A 9: there is no such guest\r\n");
	type(CTRL_A "x"
		    "y");
	assert_output("umbra: after Ctrl-A comes n, p, 1 to 9, m, h or Ctrl-A: Ctrl-A h helps\r\n");
	type(CTRL_A "h");
	send_all();
	assert_true(contains(output, "Ctrl-A 1 to 9     the guest of this number\r\n"));
	assert_string_equal(typed[0], "y");
}

static char monitor_keys[64];
static u32 monitors;

static void open_monitor(void)
{
	monitors++;
	console_print("umbra> ");
}

static void monitor_key(char byte)
{
	if (byte == 'q')
		console_leave_monitor();
	else
		take_key(monitor_keys, byte);
}

static void the_monitor_takes_the_keys(void **state)
{
	(void)state;
	memset(monitor_keys, 0, sizeof(monitor_keys));
	monitors = 0;
	console_set_monitor(NULL, NULL);
	type(CTRL_A "m");
	console_set_monitor(open_monitor, monitor_key);
	type("a" CTRL_A "mb" CTRL_A "mc");
	assert_int_equal(monitors, 1);
	assert_null(console_front());
	print(0, "kept\n");
	assert_output("umbra> ");
	console_to_front(&consoles[2]); /* a guest starts: the monitor stays */
	assert_null(console_front());
	type("q"
	     "d");
	assert_string_equal(typed[0], "a");
	assert_string_equal(typed[2], "d");
	assert_string_equal(monitor_keys, "bc");
	assert_output("\r\n--- guest guest-3 ---\r\n");
	type(CTRL_A "m" CTRL_A "1"
		    "e");
	assert_int_equal(monitors, 2);
	assert_string_equal(typed[0], "ae");
	assert_output("umbra> \r\n--- guest a ---\r\nkept\r\n");
	type(CTRL_A "m" CTRL_A "n"
		    "f");
	assert_string_equal(typed[1], "f");
	console_set_monitor(NULL, NULL);
}

static void too_many_keys_are_counted(void **state)
{
	(void)state;
	for (u32 i = 0; i < 300; i++)
		console_input_put('x');
	console_listen(&consoles[0], NULL, NULL, NULL);
	type(CTRL_A "h");
	type(CTRL_A "h");
	send_all();
	assert_true(contains(output, "umbra: 46 keys were lost"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FRONT_TEST(test) cmocka_unit_test_setup(test, start_front)
#define MERGED_TEST(test) cmocka_unit_test_setup(test, start_merged)
#define KEYS_TEST(test) cmocka_unit_test_setup(test, start_keys)
	    FRONT_TEST(the_first_is_in_front),
	    FRONT_TEST(our_lines_are_lines),
	    FRONT_TEST(a_change_shows_what_was_kept),
	    FRONT_TEST(what_is_shown_again_is_whole_lines),
	    FRONT_TEST(the_last_16_kb_are_kept),
	    FRONT_TEST(who_is_shown_waits),
	    FRONT_TEST(own_text_waits_for_nobody),
	    FRONT_TEST(a_console_closes),
	    MERGED_TEST(lines_have_names),
	    MERGED_TEST(our_lines_cut_nobodys),
	    MERGED_TEST(a_line_is_shown_when_it_is_whole),
	    MERGED_TEST(or_when_it_waits),
	    MERGED_TEST(keys_hurry),
	    MERGED_TEST(a_long_line_is_cut),
	    MERGED_TEST(control_characters_are_shown),
	    MERGED_TEST(lines_come_in_turn),
	    MERGED_TEST(the_monitor_holds_lines_back),
	    MERGED_TEST(merged_output_is_complete),
	    FRONT_TEST(front_output_is_complete),
	    KEYS_TEST(keys_go_to_the_front),
	    KEYS_TEST(unknown_keys_get_a_hint),
	    KEYS_TEST(the_monitor_takes_the_keys),
	    KEYS_TEST(too_many_keys_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

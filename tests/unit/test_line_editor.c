// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The line editor on a terminal of one row: after each key, the terminal must show the prompt and
 * the line, and its cursor must stand where the editor's does.
 */
#include "tests/unit/native.h"

#include <string.h>

#include "lib/line_editor.h"

#define PROMPT "umbra> "
#define PROMPT_LENGTH (sizeof(PROMPT) - 1)
#define COLUMNS 80
#define ROWS_KEPT 4096

#define UP "\x1b[A"
#define DOWN "\x1b[B"
#define RIGHT "\x1b[C"
#define LEFT "\x1b[D"
#define HOME "\x1b[H"
#define END "\x1b[F"
#define DELETE "\x1b[3~"

static struct line_editor editor;

/* -- The terminal ---------------------------------------------------------------------------- */

static struct {
	char row[COLUMNS + 1];
	u32 column;
	u32 escape;               /* characters of an escape sequence seen */
	char scrolled[ROWS_KEPT]; /* rows that ended with a newline */
	u32 used;
} terminal;

static void clear_from(u32 column)
{
	memset(&terminal.row[column], ' ', COLUMNS - column);
}

static void terminal_character(char c)
{
	if (terminal.escape || c == 0x1B) {
		assert_int_equal(c, "\x1b[K"[terminal.escape++]);
		if (terminal.escape == 3) {
			clear_from(terminal.column);
			terminal.escape = 0;
		}
	} else if (c == '\r') {
		terminal.column = 0;
	} else if (c == '\b') {
		assert_true(terminal.column > 0);
		terminal.column--;
	} else if (c == '\n') {
		assert_true(terminal.used + COLUMNS < ROWS_KEPT);
		memcpy(terminal.scrolled + terminal.used, terminal.row, COLUMNS);
		terminal.used += COLUMNS;
		terminal.column = 0;
		clear_from(0);
	} else {
		assert_true(c >= ' ' && c < 0x7F);
		assert_true(terminal.column < COLUMNS - 1); /* never wraps */
		terminal.row[terminal.column++] = c;
	}
}

static void terminal_print(const char *text)
{
	while (*text)
		terminal_character(*text++);
}

static void assert_shows(void)
{
	char expected[COLUMNS + 1];

	memset(expected, ' ', COLUMNS);
	expected[COLUMNS] = 0;
	memcpy(expected, PROMPT, PROMPT_LENGTH);
	memcpy(expected + PROMPT_LENGTH, editor.line, editor.length);
	assert_string_equal(terminal.row, expected);
	assert_int_equal(terminal.column, PROMPT_LENGTH + editor.cursor);
	assert_int_equal(strlen(editor.line), editor.length);
	assert_true(editor.cursor <= editor.length && editor.length < LINE_SIZE);
}

/* -- Words to complete ----------------------------------------------------------------------- */

static const char *candidate(const char *line, u32 word, u32 n)
{
	static const char *const commands[] = {"guests", "help", "pause", "poweroff", "version"};
	static const char *const names[] = {"demo-1", "demo-2", "linux"};

	assert_ptr_equal(line, editor.line);
	if (word == 0)
		return n < ARRAY_SIZE(commands) ? commands[n] : NULL;
	return word == 1 && n < ARRAY_SIZE(names) ? names[n] : NULL;
}

static const struct line_editor_output output = {
    .prompt = PROMPT, .print = terminal_print, .candidate = candidate};

/* -- Keys ------------------------------------------------------------------------------------ */

static int start(void **state)
{
	(void)state;
	memset(&terminal, 0, sizeof(terminal));
	clear_from(0);
	line_editor_init(&editor, &output);
	line_editor_start(&editor);
	assert_shows();
	return 0;
}

/* None of them ends the line. */
static void type(const char *keys)
{
	for (; *keys; keys++) {
		assert_false(line_editor_input(&editor, *keys));
		assert_shows();
	}
}

static void assert_line(const char *keys, const char *line, u32 cursor)
{
	type(keys);
	assert_string_equal(editor.line, line);
	assert_int_equal(editor.cursor, cursor);
}

static void enter(const char *keys, const char *line)
{
	type(keys);
	assert_true(line_editor_input(&editor, '\r'));
	assert_string_equal(editor.line, line);
	line_editor_start(&editor);
	assert_shows();
}

static void inserts_and_deletes(void **state)
{
	(void)state;
	assert_line("helo", "helo", 4);
	assert_line(LEFT "l", "hello", 4);
	assert_line(HOME "> ", "> hello", 2);
	assert_line(DELETE, "> ello", 2);
	assert_line("\x7f\b", "ello", 0);
	assert_line("\b" LEFT, "ello", 0); /* nothing before it */
	assert_line(END RIGHT DELETE, "ello", 4);
	assert_line("\x01\x04", "llo", 0);
	assert_line("\x05!", "llo!", 4);
	assert_line("\x02\x02\x06?", "llo?!", 4);
}

static void kill_commands_delete_parts_of_the_line(void **state)
{
	(void)state;
	assert_line("walk linux  0xC0000000", "walk linux  0xC0000000", 22);
	assert_line("\x17", "walk linux  ", 12);
	assert_line("\x17", "walk ", 5);
	assert_line("\x17\x17", "", 0);
	assert_line("abcdef" LEFT LEFT "\x0b", "abcd", 4);
	assert_line(LEFT "\x15", "d", 0);
	assert_line("\x0b\x0b\x15", "", 0);
}

static void long_line_is_limited(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2 * LINE_SIZE; i++)
		type("x");
	assert_int_equal(editor.length, LINE_SIZE - 1);
	assert_line(HOME "y", editor.line, 0);
	assert_int_equal(editor.line[0], 'x');
}

static void understands_terminals(void **state)
{
	(void)state;
	assert_line("ab\x1bOD-\x1bOH<\x1bOF>", "<a-b>", 5);
	assert_line("\x1b[1~1\x1b[4~2", "1<a-b>2", 7);
	assert_line("\x1b[7~\x1b[3~\x1b[8~", "<a-b>2", 6);
	/* An unknown sequence is ignored as a whole. */
	assert_line("\x1b[5~\x1b[1;5C\x1b[?25h\x1b[99999~\x1bx\x1b\x1b[Z", "<a-b>2", 6);
	assert_line("\xc3\xa4\x07\x1f", "<a-b>2", 6);
	assert_line("\x0c", "<a-b>2", 6);
}

static void ends_lines(void **state)
{
	(void)state;
	enter("guests", "guests");
	assert_false(line_editor_input(&editor, '\n')); /* of the same key */
	assert_true(line_editor_input(&editor, '\n'));
	line_editor_start(&editor);
	type("never mind");
	assert_true(line_editor_input(&editor, 0x03));
	assert_string_equal(editor.line, "");
	line_editor_start(&editor);
	assert_line(UP, "guests", 6);
}

static void history_recalls_lines(void **state)
{
	(void)state;
	assert_line(UP DOWN, "", 0);
	enter("one", "one");
	enter("two", "two");
	enter("two", "two"); /* kept once */
	enter("", "");       /* not kept */
	assert_line("three" UP, "two", 3);
	assert_line(UP, "one", 3);
	assert_line(UP, "one", 3);
	assert_line(DOWN DOWN, "three", 5);
	assert_line(DOWN, "three", 5);
	assert_line("\x10\x10\x0e", "two", 3);
	enter("!", "two!");
	assert_line(UP UP UP, "one", 3);
}

static void forgets_the_oldest(void **state)
{
	char text[] = "a";

	(void)state;
	for (u32 i = 0; i < LINE_HISTORY + 3; i++, text[0]++)
		enter(text, text);
	for (u32 i = 0; i < 2 * LINE_HISTORY; i++)
		type(UP);
	assert_line("", "d", 1);
}

static void completes(void **state)
{
	(void)state;
	assert_line("g\t", "guests ", 7);
	assert_line("\x15p\t", "p", 1);
	assert_non_null(strstr(terminal.scrolled, "pause  poweroff  "));
	assert_line("a\t", "pause ", 6);
	assert_line("d\t", "pause demo-", 11);
	assert_line("2\t", "pause demo-2 ", 13);
	assert_line("\t\t", "pause demo-2 ", 13);
	assert_line("\x15xyz\t", "xyz", 3);
	assert_line("\x15v " LEFT "\t", "version  ", 8);
}

/* The terminal shows the editor's line after any keys in any order. */
static void survives_any_keys(void **state)
{
	static const char likely[] =
	    "\x1b[ABCDHF~314OP ab\t\t\b\x7f\x01\x02\x05\x06\x0b\x15\x17\x10";

	(void)state;
	for (u32 i = 0; i < 300000; i++) {
		char c = random_below(4) ? likely[random_below(sizeof(likely) - 1)]
					 : (char)random_below(256);

		terminal.used = 0;
		if (line_editor_input(&editor, c))
			line_editor_start(&editor);
		assert_shows();
	}
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(inserts_and_deletes),  TEST(kill_commands_delete_parts_of_the_line),
	    TEST(long_line_is_limited), TEST(understands_terminals),
	    TEST(ends_lines),           TEST(history_recalls_lines),
	    TEST(forgets_the_oldest),   TEST(completes),
	    TEST(survives_any_keys),
	};

	return cmocka_run_group_tests_name("line_editor", tests, NULL, NULL);
}

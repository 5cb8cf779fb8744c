// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen's VT100 on an array: the effect of each sequence, and rubbish, which must do no harm.
 * */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/console/terminal.h"

#define COLUMNS TERMINAL_COLUMNS
#define ROWS TERMINAL_ROWS
#define GREY_ON_BLACK 0x07
#define RUBBISH 200000
#define SEQUENCES 5000

static struct terminal t;

static int start(void **state)
{
	(void)state;
	terminal_init(&t);
	return 0;
}

static void put(const char *text)
{
	while (*text)
		terminal_put(&t, *text++);
}

/* A row without the blanks at its end. */
static const char *row(u32 number)
{
	static char text[COLUMNS + 1];
	u32 length = COLUMNS;

	for (u32 i = 0; i < COLUMNS; i++)
		text[i] = (char)terminal_row(&t, number)[i];
	while (length && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return text;
}

static u8 attribute(u32 number, u32 column)
{
	return terminal_row(&t, number)[column] >> 8;
}

static void assert_cursor(u32 number, u32 column)
{
	assert_int_equal(t.row, number);
	assert_int_equal(t.column, column);
}

/* A letter at the start of each row: a, b, c ... */
static void put_letters(void)
{
	put("\033[H");
	for (u32 i = 0; i < ROWS; i++) {
		terminal_put(&t, 'a' + i);
		put(i + 1 < ROWS ? "\r\n" : "");
	}
}

static void assert_letters(const char *letters)
{
	char seen[ROWS + 1] = "";

	for (u32 i = 0; i < ROWS; i++)
		seen[i] = *row(i) ? *row(i) : '.';
	assert_string_equal(seen, letters);
}

/* -- Text ------------------------------------------------------------------------------------- */

static void text_and_control_characters(void **state)
{
	(void)state;
	put("one\r\ntwo\bX\r\na\tb\rA");
	assert_string_equal(row(0), "one");
	assert_string_equal(row(1), "twX");
	assert_string_equal(row(2), "A       b");
	assert_cursor(2, 1);
	put("\n\a\016\017");
	assert_cursor(3, 1);
	assert_int_equal(attribute(0, 0), GREY_ON_BLACK);
}

/* The 80th character does not move to the next row yet: a newline after it would leave one
 * empty. */
static void wrap_is_delayed_after_last_column(void **state)
{
	(void)state;
	for (u32 i = 0; i < COLUMNS; i++)
		put("x");
	assert_cursor(0, COLUMNS - 1);
	put("\r\nnext");
	assert_string_equal(row(1), "next");
	put("\033[1;80Hyz");
	assert_int_equal((char)terminal_row(&t, 0)[COLUMNS - 1], 'y');
	assert_string_equal(row(1), "zext");
	put("\033[?7l\033[3;80Habc");
	assert_int_equal((char)terminal_row(&t, 2)[COLUMNS - 1], 'c');
	assert_string_equal(row(3), "");
	put("\033[?7h\033[4;80Hab");
	assert_string_equal(row(4), "b");
}

static void the_screen_scrolls(void **state)
{
	(void)state;
	put_letters();
	assert_letters("abcdefghijklmnopqrstuvwx");
	put("\n");
	assert_letters("bcdefghijklmnopqrstuvwx.");
	assert_cursor(ROWS - 1, 1);
}

static void delayed_wrap_is_saved_with_cursor(void **state)
{
	(void)state;
	put("\033[1;80Hx\0337\033[5;5H\0338y");
	assert_int_equal((char)terminal_row(&t, 0)[COLUMNS - 1], 'x');
	assert_string_equal(row(1), "y");
}

static void a_tab_stays_on_the_row(void **state)
{
	(void)state;
	for (u32 i = 0; i < 20; i++)
		put("\t");
	assert_cursor(0, COLUMNS - 1);
}

static void characters_of_several_bytes(void **state)
{
	(void)state;
	put("a\xC3\xA4"
	    "b\xE2\x94\x80"
	    "c");
	assert_string_equal(row(0), "a?b?c");
}

/* -- Sequences -------------------------------------------------------------------------------- */

static void the_cursor_moves(void **state)
{
	static const struct {
		const char *bytes;
		u32 row, column;
	} moves[] = {
	    {"\033[5;9H", 4, 8},
	    {"\033[H", 0, 0},
	    {"\033[0;0f", 0, 0},
	    {"\033[999;999H", 23, 79},
	    {"\033[10;10H\033[A", 8, 9},
	    {"\033[10;10H\033[3B", 12, 9},
	    {"\033[10;10H\033[3C", 9, 12},
	    {"\033[10;10H\033[4D", 9, 5},
	    {"\033[10;10H\033[99A", 0, 9},
	    {"\033[10;10H\033[99D", 9, 0},
	    {"\033[10;10H\033[99B", 23, 9},
	    {"\033[10;10H\033[99C", 9, 79},
	    {"\033[10;10H\033[2E", 11, 0},
	    {"\033[10;10H\033[2F", 7, 0},
	    {"\033[10;10H\033[33G", 9, 32},
	    {"\033[10;10H\033[3d", 2, 9},
	    {"\033[10;10H\0337\033[H\0338", 9, 9},
	    {"\033[10;10H\033[s\033[H\033[u", 9, 9},
	    {"\033[10;10H\033D", 10, 9},
	    {"\033[10;10H\033M", 8, 9},
	    {"\033[10;10H\033E", 10, 0},
	    /* Control characters work in the middle of a sequence. */
	    {"\033[10;10H\033[\r2B", 11, 0},
	    /* Numbers beyond the second, numbers that are too large and unknown sequences have no
	     * effect. */
	    {"\033[10;10H\033[5;2;3;4;5;6;7;8;9H", 4, 1},
	    {"\033[10;10H\033[>c\033[5 q\033[4h\033[=1h\033[6n", 9, 9},
	    {"\033[10;10H\033[99999999999999A", 0, 9},
	    {"\033[10;10H\033[12\033[2C", 9, 11},
	    {"\033[10;10H\033[12\030C", 9, 10},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(moves); i++) {
		put(moves[i].bytes);
		if (t.row != moves[i].row || t.column != moves[i].column)
			fail_msg("move %u ends at %u, %u", i, t.row, t.column);
	}
}

static void erase_commands_clear_exactly_their_part(void **state)
{
	(void)state;
	put("abcdefgh\033[4D\033[K");
	assert_string_equal(row(0), "abcd");
	put("\rabcdefgh\033[4D\033[1K");
	assert_string_equal(row(0), "     fgh");
	put("\033[2K");
	assert_string_equal(row(0), "");
	assert_cursor(0, 4);
	put_letters();
	put("\033[5;1H\033[J");
	assert_letters("abcd....................");
	put_letters();
	put("\033[5;1H\033[1J");
	assert_letters(".....fghijklmnopqrstuvwx");
	put_letters();
	put("\033[2J");
	assert_letters("........................");
	assert_cursor(ROWS - 1, 1);
}

static void insert_and_delete_move_cells(void **state)
{
	(void)state;
	put("abcdef\033[1;3H\033[2@");
	assert_string_equal(row(0), "ab  cdef");
	put("\033[3P");
	assert_string_equal(row(0), "abdef");
	put("\033[2X");
	assert_string_equal(row(0), "ab  f");
	put("\033[999@");
	assert_string_equal(row(0), "ab");
	put("\rabcdef\033[1;3H\033[999P");
	assert_string_equal(row(0), "ab");
	put_letters();
	put("\033[5;1H\033[2L");
	assert_letters("abcd..efghijklmnopqrstuv");
	put("\033[3M");
	assert_letters("abcdfghijklmnopqrstuv...");
	put("\033[999M");
	assert_letters("abcd....................");
	put_letters();
	put("\033[2S");
	assert_letters("cdefghijklmnopqrstuvwx..");
	put("\033[3T");
	assert_letters("...cdefghijklmnopqrstuvw");
	put("\033[999L\033[999S\033[999T");
	assert_letters("........................");
}

static void scroll_region_limits_scrolling(void **state)
{
	(void)state;
	put_letters();
	put("\033[3;5r");
	assert_cursor(0, 0);
	put("\033[5;1H\n");
	assert_letters("abde.fghijklmnopqrstuvwx");
	put("\033[3;1H\033M");
	assert_letters("ab.defghijklmnopqrstuvwx");
	put("\033[24;1H\n"); /* below these rows nothing scrolls */
	assert_letters("ab.defghijklmnopqrstuvwx");
	put("\033[1;1H\033[L"); /* nor is anything inserted above */
	assert_letters("ab.defghijklmnopqrstuvwx");
	put("\033[4;1H\033[9M");
	assert_letters("ab...fghijklmnopqrstuvwx");
	put("\033[5;3r\033[6;6r\033[30;40r"); /* no rows, one row, none of the screen's: nothing */
	assert_cursor(3, 0);
	put("\033[24;1H\n");
	assert_letters("ab...fghijklmnopqrstuvwx");
	put("\033[r\033[24;1H\n");
	assert_letters("b...fghijklmnopqrstuvwx.");
}

static void colours(void **state)
{
	static const struct {
		const char *bytes;
		u8 attribute;
	} styles[] = {
	    {"", 0x07},
	    {"\033[31m", 0x04},
	    {"\033[34m", 0x01},
	    {"\033[1;33m", 0x0E},
	    {"\033[22m", 0x06},
	    {"\033[91;44m", 0x1C},
	    {"\033[39;49m", 0x07},
	    {"\033[7m", 0x70},
	    {"\033[32m", 0x20},
	    {"\033[27m", 0x02},
	    {"\033[m", 0x07},
	    {"\033[1m", 0x0F},
	    {"\033[0;4;5;9m", 0x07},
	    {"\033[38;5;196m", 0x07},
	    {"\033[32;48;2;1;2;3m", 0x02},
	    {"\033[0;101m", 0x47},
	    {"\033[;35m", 0x05},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(styles); i++) {
		put(styles[i].bytes);
		put("\033[Hx");
		if (attribute(0, 0) != styles[i].attribute)
			fail_msg("style %u is %02x", i, attribute(0, 0));
	}
	put("\033[0;44m\033[2J");
	assert_int_equal(attribute(20, 20), 0x17);
}

static void the_cursor_hides(void **state)
{
	(void)state;
	put("\033[?25l");
	assert_true(t.modes.hidden);
	put("\033[?25h");
	assert_false(t.modes.hidden);
	put("\033[?25l\033c");
	assert_false(t.modes.hidden);
}

/* A window title is not shown on the screen. A string without an end ends at the next sequence. */
static void control_strings_show_nothing(void **state)
{
	(void)state;
	put("a\033]0;title\ab\033P1\033\\c\033(Bd\033#5e");
	assert_string_equal(row(0), "abcde");
	put("\033]0;no end\r\nf\033[2;3Hg");
	assert_string_equal(row(0), "abcde");
	assert_string_equal(row(1), "  g");
}

/* -- Several writers -------------------------------------------------------------------------- */

static void modes_are_restored_after_own_text(void **state)
{
	struct terminal_modes kept;

	(void)state;
	put("\033[31;44m\033[3;5r\033[?25lx\033[1");
	terminal_interrupt(&t, &kept);
	put("7\033[mplain");
	assert_string_equal(row(0), "x7plain");
	assert_int_equal(attribute(0, 1), GREY_ON_BLACK);
	assert_false(t.modes.hidden);
	terminal_resume(&t, &kept);
	put(";1Hy");
	assert_cursor(0, 1);
	assert_int_equal(attribute(0, 0), 0x14);
	assert_true(t.modes.hidden);
	assert_int_equal(t.modes.bottom, 5);
}

static void another_source_begins_on_a_new_line(void **state)
{
	(void)state;
	put("one\r\ntwo\033[31m\033[H\033[?25l\033]");
	terminal_take_over(&t);
	assert_cursor(2, 0);
	put("x");
	assert_int_equal(attribute(2, 0), GREY_ON_BLACK);
	assert_false(t.modes.hidden);
	put("\r\n");
	terminal_take_over(&t);
	assert_cursor(3, 0);
	put_letters();
	put("\033[2H");
	terminal_take_over(&t);
	assert_cursor(ROWS - 1, 0);
	assert_letters("bcdefghijklmnopqrstuvwx.");
}

static void changed_rows_are_recorded(void **state)
{
	(void)state;
	t.changed = 0;
	put("\033[3;1Hx\033[7;1H\033[K");
	assert_int_equal(t.changed, 1 << 2 | 1 << 6);
	t.changed = 0;
	put("\033[3;5r");
	assert_int_equal(t.changed, 0);
	put("\033[5;1H\n");
	assert_int_equal(t.changed, 7 << 2);
	put("\033[r\033[24;1H\n");
	assert_int_equal(t.changed, (1 << ROWS) - 1);
}

/* Sequences that change many rows, or all cells of one, in all the places of the screen. */
static const char *const large[] = {
    "\033M",   "\033D",    "\n",         "\033[H",    "\033[24;80H", "\033[12;40H", "\033[J",
    "\033[1J", "\033[2J",  "\033[0;1J",  "\033[999S", "\033[999T",   "\033[5S",     "\033[7T",
    "\033[L",  "\033[12M", "\033[@",     "\033[9P",   "\033[4h",     "\033[4l",     "\033[44m",
    "\033[m",  "\033c",    "\033[3;20r", "xy",        "\342\224z",   "\033[?6h",
};

static u32 cells_that_differ(const u16 *a, const u16 *b)
{
	u32 differ = 0;

	for (u32 i = 0; i < ROWS * COLUMNS; i++)
		differ += a[i] != b[i];
	return differ;
}

static void put_all_letters(void)
{
	put("\033c");
	for (u32 i = 0; i < ROWS * COLUMNS; i++)
		terminal_put(&t, 'a' + random_below(26));
}

/* The cost of a byte is bounded: rows move by their index, and blank rows are not written. The
 * bound is two rows: a byte that cuts a character of several bytes short is two characters. */
static void no_byte_writes_more_than_two_rows(void **state)
{
	static u16 before[ROWS * COLUMNS];

	(void)state;
	for (u32 i = 0; i < SEQUENCES; i++) {
		if (i % 20 == 0)
			put_all_letters();
		for (const char *c = large[random_below(ARRAY_SIZE(large))]; *c; c++) {
			memcpy(before, t.cells, sizeof(before));
			terminal_put(&t, *c);
			assert_true(cells_that_differ(before, t.cells) <= 2 * COLUMNS);
		}
	}
}

/* Bytes of the kind that sequences consist of. The sanitizers watch; the cursor stays on the
 * screen. */
static void random_bytes_do_no_harm(void **state)
{
	static const char bytes[] =
	    "\033\033\033[[[[[;;?0123456789ABCDEFGHJKLMPSTXdfhlmrsu@`78MDEc]P\n\r\b\tx";

	(void)state;
	for (u32 i = 0; i < RUBBISH; i++) {
		char byte = random_below(8) ? (u8)bytes[random_below(sizeof(bytes) - 1)]
					    : random_below(256);

		terminal_put(&t, byte);
		assert_true(t.row < ROWS && t.column < COLUMNS);
		assert_true(t.modes.top < t.modes.bottom && t.modes.bottom <= ROWS);
		if (!random_below(1000))
			terminal_take_over(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TERMINAL_TEST(test) cmocka_unit_test_setup(test, start)
	    TERMINAL_TEST(text_and_control_characters),
	    TERMINAL_TEST(wrap_is_delayed_after_last_column),
	    TERMINAL_TEST(delayed_wrap_is_saved_with_cursor),
	    TERMINAL_TEST(the_screen_scrolls),
	    TERMINAL_TEST(a_tab_stays_on_the_row),
	    TERMINAL_TEST(characters_of_several_bytes),
	    TERMINAL_TEST(the_cursor_moves),
	    TERMINAL_TEST(erase_commands_clear_exactly_their_part),
	    TERMINAL_TEST(insert_and_delete_move_cells),
	    TERMINAL_TEST(scroll_region_limits_scrolling),
	    TERMINAL_TEST(colours),
	    TERMINAL_TEST(the_cursor_hides),
	    TERMINAL_TEST(control_strings_show_nothing),
	    TERMINAL_TEST(modes_are_restored_after_own_text),
	    TERMINAL_TEST(another_source_begins_on_a_new_line),
	    TERMINAL_TEST(changed_rows_are_recorded),
	    TERMINAL_TEST(no_byte_writes_more_than_two_rows),
	    TERMINAL_TEST(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

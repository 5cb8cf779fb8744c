// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen compared with the manuals: each stream of terminal_corpus.c, in one piece. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/console/terminal.h"
#include "tests/unit/terminal_corpus.h"

#define COLUMNS TERMINAL_COLUMNS
#define ROWS TERMINAL_ROWS
#define BLANK (0x0700 | ' ')

static u16 expected[ROWS * COLUMNS];
static struct terminal t;

/* Calls `put` for each piece "ROW,COLUMN:CONTENTS". */
static void for_each_piece(const char *pieces,
			   void (*put)(u16 *cells, const char *contents, u32 size))
{
	while (pieces && *pieces) {
		const char *contents = strchr(pieces, ':') + 1;
		u32 row, column, size = strcspn(contents, "\n");

		assert_int_equal(sscanf(pieces, "%u,%u:", &row, &column), 2);
		put(&expected[(row - 1) * COLUMNS + column - 1], contents, size);
		pieces = contents + size + (contents[size] == '\n');
	}
}

static void put_text(u16 *cells, const char *contents, u32 size)
{
	for (u32 i = 0; i < size; i++)
		cells[i] = (cells[i] & 0xFF00) | (u8)contents[i];
}

static void put_attributes(u16 *cells, const char *contents, u32 size)
{
	for (u32 i = 0; i < size / 2; i++) {
		char digits[] = {contents[2 * i], contents[2 * i + 1], '\0'};

		cells[i] = (cells[i] & 0xFF) | strtoul(digits, NULL, 16) << 8;
	}
}

static bool cells_are_as_expected(const char *manual)
{
	for (u32 i = 0; i < ROWS * COLUMNS; i++) {
		u32 row = i / COLUMNS, column = i % COLUMNS;
		u16 cell = terminal_row(&t, row)[column];

		if (cell != expected[i]) {
			print_error("%s: %u,%u is %04x and not %04x\n", manual, row + 1, column + 1,
				    cell, expected[i]);
			return false;
		}
	}
	return true;
}

static bool cursor_is_at(const char *manual, u32 row, u32 column)
{
	if (t.row + 1 == row && t.column + 1 == column)
		return true;
	print_error("%s: the cursor is at %u,%u\n", manual, t.row + 1, t.column + 1);
	return false;
}

static bool is_as_expected(const struct terminal_case *c)
{
	for (u32 i = 0; i < ROWS * COLUMNS; i++)
		expected[i] = BLANK;
	for_each_piece(c->screen, put_text);
	for_each_piece(c->attributes, put_attributes);
	terminal_init(&t);
	for (u32 i = 0; i < c->size; i++)
		terminal_put(&t, c->bytes[i]);
	return cells_are_as_expected(c->manual) && cursor_is_at(c->manual, c->row, c->column);
}

static void screens_are_as_in_the_manuals(void **state)
{
	u32 wrong = 0;

	(void)state;
	for (u32 i = 0; i < terminal_corpus_size; i++)
		wrong += !is_as_expected(&terminal_corpus[i]);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(screens_are_as_in_the_manuals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

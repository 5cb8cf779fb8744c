/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executes control sequences: CSI, parameters, and a final character that selects the function. */
#include "hv/console/terminal_sequences.h"

#include "hv/console/terminal_cells.h"
#include "hv/console/terminal_modes.h"
#include "lib/min_max.h"

#define ROWS TERMINAL_ROWS
#define COLUMNS TERMINAL_COLUMNS
#define WORD_BITS 32u

/* Parameter `i`; absent or 0 is `otherwise`. */
static u32 parameter(const struct terminal *t, u32 i, u32 otherwise)
{
	return i < t->modes.parameters && t->modes.parameter[i] ? t->modes.parameter[i] : otherwise;
}

/* -- Erase, insert and delete ------------------------------------------------------------------ */

#define ERASE_BEHIND 1u /* from the cursor on */
#define ERASE_BEFORE 2u /* up to the cursor */

/* The parameters of ED and EL. Several parameters have the effect of one sequence for each (VT100
 * user guide, "selective parameter"). */
static u32 erased_parts(const struct terminal *t)
{
	static const u8 parts[] = {ERASE_BEHIND, ERASE_BEFORE, ERASE_BEHIND | ERASE_BEFORE};
	u32 all = 0;

	for (u32 i = 0; i < t->modes.parameters; i++)
		if (t->modes.parameter[i] < ARRAY_SIZE(parts))
			all |= parts[t->modes.parameter[i]];
	return all;
}

static void erase_in_line(struct terminal *t, u32 parts)
{
	u32 from = parts & ERASE_BEFORE ? 0 : t->column;
	u32 to = parts & ERASE_BEHIND ? COLUMNS : t->column + 1;

	if (!parts)
		return;
	cells_blank(t, t->row, from, to);
	t->wraps = false;
}

static void erase_in_display(struct terminal *t, u32 parts)
{
	if (parts & ERASE_BEFORE)
		cells_blank_rows(t, 0, t->row);
	if (parts & ERASE_BEHIND)
		cells_blank_rows(t, t->row + 1, ROWS);
	erase_in_line(t, parts);
}

static void insert_characters(struct terminal *t, u32 count)
{
	u32 row = t->row, column = t->column;

	count = min_u32(count, COLUMNS - column);
	cells_move(t, row, column + count, column, COLUMNS - column - count);
	cells_blank(t, row, column, column + count);
	t->wraps = false;
}

static void delete_characters(struct terminal *t, u32 count)
{
	u32 row = t->row, column = t->column;

	count = min_u32(count, COLUMNS - column);
	cells_move(t, row, column, column + count, COLUMNS - column - count);
	cells_blank(t, row, COLUMNS - count, COLUMNS);
	t->wraps = false;
}

static void erase_characters(struct terminal *t, u32 count)
{
	cells_blank(t, t->row, t->column, t->column + min_u32(count, COLUMNS - t->column));
	t->wraps = false;
}

/* Also moves the cursor to the first column (VT220 programmer reference, 4.11; ECMA-48, 8.3.32 and
 * 67). */
static void insert_or_delete_lines(struct terminal *t, u32 count, bool insert)
{
	if (t->row < t->modes.top || t->row >= t->modes.bottom)
		return;
	if (insert)
		cells_scroll_down(t, t->row, t->modes.bottom, count);
	else
		cells_scroll_up(t, t->row, t->modes.bottom, count);
	cursor_move_to(t, t->row, 0);
}

static void edit_sequence(struct terminal *t, char final)
{
	u32 count = parameter(t, 0, 1);

	switch (final) {
	case 'J':
		erase_in_display(t, erased_parts(t));
		break;
	case 'K':
		erase_in_line(t, erased_parts(t));
		break;
	case '@':
		insert_characters(t, count);
		break;
	case 'P':
		delete_characters(t, count);
		break;
	case 'X':
		erase_characters(t, count);
		break;
	case 'L':
	case 'M':
		insert_or_delete_lines(t, count, final == 'L');
		break;
	case 'S':
		cells_scroll_up(t, t->modes.top, t->modes.bottom, count);
		break;
	case 'T':
		cells_scroll_down(t, t->modes.top, t->modes.bottom, count);
	}
}

/* -- Margins and tab stops --------------------------------------------------------------------- */

static void set_scrolling_region(struct terminal *t)
{
	u32 top = parameter(t, 0, 1), bottom = min_u32(parameter(t, 1, ROWS), ROWS);

	if (top >= bottom)
		return;
	t->modes.top = top - 1;
	t->modes.bottom = bottom;
	terminal_move_to(t, 0, 0);
}

void terminal_tab(struct terminal *t)
{
	u32 column = t->column + 1;

	while (column < COLUMNS) {
		u32 stops = t->modes.tab_stops[column / WORD_BITS] >> column % WORD_BITS;

		if (stops) {
			column += __builtin_ctz(stops);
			break;
		}
		column = (column / WORD_BITS + 1) * WORD_BITS;
	}
	cursor_move_to(t, t->row, column);
}

/* TBC: parameter 0 clears the tab stop at the cursor, 3 clears all. */
static void clear_tab_stops(struct terminal *t)
{
	u32 *stops = t->modes.tab_stops;

	for (u32 i = 0; i < t->modes.parameters; i++)
		if (t->modes.parameter[i] == 0)
			stops[t->column / WORD_BITS] &= ~(1u << t->column % WORD_BITS);
		else if (t->modes.parameter[i] == 3)
			stops[0] = stops[1] = stops[2] = 0;
}

static void settings_sequence(struct terminal *t, char final)
{
	switch (final) {
	case 'g':
		clear_tab_stops(t);
		break;
	case 'h':
	case 'l':
		terminal_set_mode(t, final == 'h');
		break;
	case 'm':
		terminal_select_rendition(t);
		break;
	case 'r':
		set_scrolling_region(t);
		break;
	case 's':
		terminal_save_cursor(t);
		break;
	case 'u':
		terminal_restore_cursor(t);
	}
}

/* -- Cursor movements ------------------------------------------------------------------------- */

/* CUU and CUD stop at the margin if the cursor has not passed it yet (VT100 user guide). */
static u32 row_above(const struct terminal *t, u32 count)
{
	u32 limit = t->row >= t->modes.top ? t->modes.top : 0;

	return t->row - min_u32(count, t->row - limit);
}

static u32 row_below(const struct terminal *t, u32 count)
{
	u32 limit = t->row < t->modes.bottom ? t->modes.bottom - 1 : ROWS - 1;

	return min_u32(t->row + count, limit);
}

static void move_sequence(struct terminal *t, char final)
{
	u32 count = parameter(t, 0, 1), row = t->row, column = t->column;

	switch (final) {
	case 'A':
		cursor_move_to(t, row_above(t, count), column);
		break;
	case 'B':
		cursor_move_to(t, row_below(t, count), column);
		break;
	case 'C':
		cursor_move_to(t, row, column + count);
		break;
	case 'D':
		cursor_move_to(t, row, column - min_u32(count, column));
		break;
	case 'E':
		cursor_move_to(t, row_below(t, count), 0);
		break;
	case 'F':
		cursor_move_to(t, row_above(t, count), 0);
		break;
	case 'G':
	case '`':
		cursor_move_to(t, row, count - 1);
		break;
	case 'd':
		terminal_move_to(t, count - 1, column);
		break;
	case 'H':
	case 'f':
		terminal_move_to(t, count - 1, parameter(t, 1, 1) - 1);
	}
}

/* Each of the three functions called last ignores the final characters that it does not know. No
 * final character is known to two of them. */
void terminal_end_sequence(struct terminal *t, char final)
{
	struct terminal_modes *modes = &t->modes;

	modes->state = TERMINAL_TEXT;
	modes->parameters = min_u32(modes->parameters, TERMINAL_PARAMETERS);
	if (modes->bad_sequence || (modes->subparameters && final != 'm'))
		return;
	if (modes->private_sequence) {
		if (final == 'h' || final == 'l')
			terminal_set_private_mode(t, final == 'h');
		return;
	}
	move_sequence(t, final);
	edit_sequence(t, final);
	settings_sequence(t, final);
}

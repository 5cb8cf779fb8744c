/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sequences do: ESC [, parameters, and a final character that names the function. */
#include "arch/x86/terminal_sequences.h"

#include "arch/x86/terminal_cells.h"
#include "lib/string.h"

#define ROWS TERMINAL_ROWS
#define COLUMNS TERMINAL_COLUMNS

static const struct terminal_style plain = {.foreground = ANSI_WHITE, .background = ANSI_BLACK};

/* -- Colours and modes ------------------------------------------------------------------------- */

static void set_colour(struct terminal_style *style, u32 code)
{
	if (code >= 30 && code <= 37)
		style->foreground = code - 30;
	else if (code >= 90 && code <= 97)
		style->foreground = code - 90 + ANSI_BRIGHT;
	else if (code >= 40 && code <= 47)
		style->background = code - 40;
	else if (code >= 100 && code <= 107)
		style->background = code - 100;
	else if (code == 39)
		style->foreground = ANSI_WHITE;
	else if (code == 49)
		style->background = ANSI_BLACK;
}

static void select_graphic_rendition(struct terminal *t)
{
	struct terminal_style *style = &t->modes.style;

	for (u32 i = 0; i < t->modes.parameters; i++)
		switch (t->modes.parameter[i]) {
		case 0:
			*style = plain;
			break;
		case 1:
			style->bold = true;
			break;
		case 7:
			style->reverse = true;
			break;
		case 22:
			style->bold = false;
			break;
		case 27:
			style->reverse = false;
			break;
		case 38: /* 256 colours, or any: what follows is not ours to read */
		case 48:
			return;
		default:
			set_colour(style, t->modes.parameter[i]);
		}
}

/* DECAWM is 7, DECTCEM is 25. */
static void set_mode(struct terminal *t, bool on)
{
	for (u32 i = 0; i < t->modes.parameters; i++)
		if (t->modes.parameter[i] == 7)
			t->modes.no_wrap = !on;
		else if (t->modes.parameter[i] == 25)
			t->modes.hidden = !on;
}

void terminal_reset_modes(struct terminal *t)
{
	memset(&t->modes, 0, sizeof(t->modes));
	t->modes.bottom = ROWS;
	t->modes.style = t->modes.saved.style = plain;
	t->modes.state = TERMINAL_TEXT;
}

/* -- Cursor, erase, insert and delete ----------------------------------------------------------- */

void terminal_save_cursor(struct terminal *t)
{
	t->modes.saved = (struct terminal_cursor){t->row, t->column, t->wraps, t->modes.style};
}

void terminal_restore_cursor(struct terminal *t)
{
	cursor_move_to(t, t->modes.saved.row, t->modes.saved.column);
	t->wraps = t->modes.saved.wraps;
	t->modes.style = t->modes.saved.style;
}

/* Parameter `i`; absent or 0 is `otherwise`. */
static u32 parameter(const struct terminal *t, u32 i, u32 otherwise)
{
	return i < t->modes.parameters && t->modes.parameter[i] ? t->modes.parameter[i] : otherwise;
}

static void erase_in_line(struct terminal *t)
{
	u32 column = t->column, what = parameter(t, 0, 0);

	cells_blank(t, t->row, what ? 0 : column, what == 1 ? column + 1 : COLUMNS);
}

static void erase_in_display(struct terminal *t)
{
	u32 what = parameter(t, 0, 0);
	u32 from = what ? 0 : t->row + 1, to = what == 1 ? t->row : ROWS;

	for (u32 row = from; row < to; row++)
		cells_blank(t, row, 0, COLUMNS);
	if (what < 2)
		erase_in_line(t);
}

static void insert_characters(struct terminal *t, u32 count)
{
	u32 row = t->row, column = t->column;

	count = at_most(count, COLUMNS - column);
	cells_move(t, row, column + count, column, COLUMNS - column - count);
	cells_blank(t, row, column, column + count);
}

static void delete_characters(struct terminal *t, u32 count)
{
	u32 row = t->row, column = t->column;

	count = at_most(count, COLUMNS - column);
	cells_move(t, row, column, column + count, COLUMNS - column - count);
	cells_blank(t, row, COLUMNS - count, COLUMNS);
}

static void insert_or_delete_lines(struct terminal *t, u32 count, bool insert)
{
	if (t->row < t->modes.top || t->row >= t->modes.bottom)
		return;
	if (insert)
		cells_scroll_down(t, t->row, t->modes.bottom, count);
	else
		cells_scroll_up(t, t->row, t->modes.bottom, count);
}

static void set_scrolling_region(struct terminal *t)
{
	u32 top = parameter(t, 0, 1), bottom = at_most(parameter(t, 1, ROWS), ROWS);

	if (top >= bottom)
		return;
	t->modes.top = top - 1;
	t->modes.bottom = bottom;
	cursor_move_to(t, 0, 0);
}

static void move_by(struct terminal *t, char direction, u32 count)
{
	u32 row = t->row, column = t->column;

	switch (direction) {
	case 'A':
		cursor_move_to(t, row - at_most(count, row), column);
		break;
	case 'B':
		cursor_move_to(t, row + count, column);
		break;
	case 'C':
		cursor_move_to(t, row, column + count);
		break;
	case 'D':
		cursor_move_to(t, row, column - at_most(count, column));
		break;
	case 'E':
		cursor_move_to(t, row + count, 0);
		break;
	case 'F':
		cursor_move_to(t, row - at_most(count, row), 0);
	}
}

static bool move_sequence(struct terminal *t, char final)
{
	u32 count = parameter(t, 0, 1);

	if (final >= 'A' && final <= 'F')
		move_by(t, final, count);
	else if (final == 'G' || final == '`')
		cursor_move_to(t, t->row, count - 1);
	else if (final == 'd')
		cursor_move_to(t, count - 1, t->column);
	else if (final == 'H' || final == 'f')
		cursor_move_to(t, count - 1, parameter(t, 1, 1) - 1);
	else if (final == 's')
		terminal_save_cursor(t);
	else if (final == 'u')
		terminal_restore_cursor(t);
	else
		return false;
	return true;
}

static void edit_sequence(struct terminal *t, char final)
{
	u32 count = parameter(t, 0, 1), column = t->column;

	switch (final) {
	case 'J':
		erase_in_display(t);
		break;
	case 'K':
		erase_in_line(t);
		break;
	case '@':
		insert_characters(t, count);
		break;
	case 'P':
		delete_characters(t, count);
		break;
	case 'X':
		cells_blank(t, t->row, column, column + at_most(count, COLUMNS - column));
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
		break;
	case 'r':
		set_scrolling_region(t);
		break;
	case 'm':
		select_graphic_rendition(t);
	}
}

void terminal_end_sequence(struct terminal *t, char final)
{
	t->modes.state = TERMINAL_TEXT;
	if (t->modes.bad_sequence)
		return;
	if (t->modes.private_sequence) {
		if (final == 'h' || final == 'l')
			set_mode(t, final == 'h');
	} else if (!move_sequence(t, final)) {
		edit_sequence(t, final);
	}
}

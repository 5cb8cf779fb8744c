/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/terminal_cells.h"

#include "lib/min_max.h"
#include "lib/string.h"

#define COLUMNS TERMINAL_COLUMNS

static void has_changed(struct terminal *t, u32 top, u32 bottom)
{
	t->changed |= ((1u << (bottom - top)) - 1) << top;
}

/* In ANSI colours bit 0 is red and bit 2 is blue; in VGA colours bit 0 is blue and bit 2 is red. */
static u32 vga_colour(u32 ansi)
{
	return (ansi & 1) << 2 | (ansi & 2) | (ansi & 4) >> 2;
}

/* VGA has eight background colours: in a background, the bit for bright colours makes the character
 * blink. */
static u16 attribute(const struct terminal_style *style)
{
	u32 front = vga_colour(style->foreground), back = vga_colour(style->background);

	if (style->reverse)
		return back << 8 | front << 12;
	if (style->bold || style->foreground & ANSI_BRIGHT)
		front |= ANSI_BRIGHT;
	return front << 8 | back << 12;
}

static u16 blank_cell(const struct terminal *t)
{
	struct terminal_style style = {ANSI_WHITE, t->modes.style.background, false, false};

	return attribute(&style) | ' ';
}

/* Writes two cells at a time, and the last one again in case their number is odd. */
static void fill(u16 *line, u32 from, u32 to, u16 cell)
{
	if (from >= to)
		return;
	fill_words(line + from, cell | (u32)cell << 16, (to - from) / 2);
	line[to - 1] = cell;
}

u16 *cells_row(struct terminal *t, u32 row)
{
	struct terminal_row *r = &t->rows[row];
	u16 *line = t->cells + r->place * COLUMNS;

	if (r->is_blank)
		fill(line, 0, COLUMNS, r->blank);
	r->is_blank = false;
	return line;
}

void cells_init(struct terminal *t)
{
	for (u32 row = 0; row < TERMINAL_ROWS; row++)
		t->rows[row].place = row;
	cells_blank_rows(t, 0, TERMINAL_ROWS);
}

void cells_write(struct terminal *t, u8 character)
{
	cells_row(t, t->row)[t->column] = attribute(&t->modes.style) | character;
	has_changed(t, t->row, t->row + 1);
}

void cells_blank(struct terminal *t, u32 row, u32 from, u32 to)
{
	const struct terminal_row *r = &t->rows[row];
	u16 blank = blank_cell(t);

	if (from == 0 && to == COLUMNS)
		cells_blank_rows(t, row, row + 1);
	else if (!r->is_blank || r->blank != blank)
		fill(cells_row(t, row), from, to, blank);
	has_changed(t, row, row + 1);
}

void cells_blank_rows(struct terminal *t, u32 top, u32 bottom)
{
	u16 blank = blank_cell(t);

	for (u32 row = top; row < bottom; row++) {
		t->rows[row].is_blank = true;
		t->rows[row].blank = blank;
	}
	if (top < bottom)
		has_changed(t, top, bottom);
}

bool cells_row_is_blank(const struct terminal *t, u32 row)
{
	const struct terminal_row *r = &t->rows[row];
	const u16 *line = t->cells + r->place * COLUMNS;

	for (u32 i = 0; i < COLUMNS && !r->is_blank; i++)
		if ((u8)line[i] != ' ')
			return false;
	return true;
}

void cells_move(struct terminal *t, u32 row, u32 to, u32 from, u32 count)
{
	u16 *line;

	if (t->rows[row].is_blank) /* all of its cells are equal */
		return;
	line = cells_row(t, row);
	memmove(line + to, line + from, count * sizeof(line[0]));
	has_changed(t, row, row + 1);
}

void cells_scroll_up(struct terminal *t, u32 top, u32 bottom, u32 count)
{
	struct terminal_row leaving[TERMINAL_ROWS], *rows = t->rows;
	u32 stay;

	count = min_u32(count, bottom - top);
	stay = bottom - top - count;
	memcpy(leaving, rows + top, count * sizeof(*rows));
	memmove(rows + top, rows + top + count, stay * sizeof(*rows));
	memcpy(rows + top + stay, leaving, count * sizeof(*rows));
	cells_blank_rows(t, top + stay, bottom);
	has_changed(t, top, bottom);
}

void cells_scroll_down(struct terminal *t, u32 top, u32 bottom, u32 count)
{
	struct terminal_row leaving[TERMINAL_ROWS], *rows = t->rows;
	u32 stay;

	count = min_u32(count, bottom - top);
	stay = bottom - top - count;
	memcpy(leaving, rows + top + stay, count * sizeof(*rows));
	memmove(rows + top + count, rows + top, stay * sizeof(*rows));
	memcpy(rows + top, leaving, count * sizeof(*rows));
	cells_blank_rows(t, top, top + count);
	has_changed(t, top, bottom);
}

void cursor_line_down(struct terminal *t)
{
	if (t->row + 1 == t->modes.bottom)
		cells_scroll_up(t, t->modes.top, t->modes.bottom, 1);
	else if (t->row + 1 < TERMINAL_ROWS)
		t->row++;
	t->wraps = false;
}

void cursor_line_up(struct terminal *t)
{
	if (t->row == t->modes.top)
		cells_scroll_down(t, t->modes.top, t->modes.bottom, 1);
	else if (t->row)
		t->row--;
	t->wraps = false;
}

void cursor_move_to(struct terminal *t, u32 row, u32 column)
{
	t->row = min_u32(row, TERMINAL_ROWS - 1);
	t->column = min_u32(column, COLUMNS - 1);
	t->wraps = false;
}

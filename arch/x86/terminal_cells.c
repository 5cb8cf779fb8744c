/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/terminal_cells.h"

#include "lib/string.h"

#define COLUMNS TERMINAL_COLUMNS

static u16 *row_of(struct terminal *t, u32 row)
{
	return t->cells + row * COLUMNS;
}

static void has_changed(struct terminal *t, u32 top, u32 bottom)
{
	t->changed |= ((1u << (bottom - top)) - 1) << top;
}

/* ANSI counts red as 1 and blue as 4, VGA the other way round. */
static u32 vga_colour(u32 ansi)
{
	return (ansi & 1) << 2 | (ansi & 2) | (ansi & 4) >> 2;
}

/* VGA has eight colours for the background: the bit of the bright ones makes the character blink. */
static u16 attribute(const struct terminal_style *style)
{
	u32 front = vga_colour(style->foreground), back = vga_colour(style->background);

	if (style->reverse)
		return back << 8 | front << 12;
	if (style->bold || style->foreground & ANSI_BRIGHT)
		front |= ANSI_BRIGHT;
	return front << 8 | back << 12;
}

void cells_write(struct terminal *t, u8 character)
{
	row_of(t, t->row)[t->column] = attribute(&t->modes.style) | character;
	has_changed(t, t->row, t->row + 1);
}

void cells_blank(struct terminal *t, u32 row, u32 from, u32 to)
{
	struct terminal_style style = {ANSI_WHITE, t->modes.style.background, false, false};
	u16 blank = attribute(&style) | ' ';

	for (u32 column = from; column < to; column++)
		row_of(t, row)[column] = blank;
	has_changed(t, row, row + 1);
}

bool cells_row_is_blank(const struct terminal *t, u32 row)
{
	for (u32 i = 0; i < COLUMNS; i++)
		if ((u8)t->cells[row * COLUMNS + i] != ' ')
			return false;
	return true;
}

void cells_move(struct terminal *t, u32 row, u32 to, u32 from, u32 count)
{
	u16 *line = row_of(t, row);

	memmove(line + to, line + from, count * sizeof(line[0]));
	has_changed(t, row, row + 1);
}

void cells_scroll_up(struct terminal *t, u32 top, u32 bottom, u32 count)
{
	u32 stay = bottom - top > count ? bottom - top - count : 0;

	memmove(row_of(t, top), row_of(t, bottom - stay), stay * COLUMNS * sizeof(t->cells[0]));
	for (u32 row = top + stay; row < bottom; row++)
		cells_blank(t, row, 0, COLUMNS);
	has_changed(t, top, bottom);
}

void cells_scroll_down(struct terminal *t, u32 top, u32 bottom, u32 count)
{
	u32 stay = bottom - top > count ? bottom - top - count : 0;

	memmove(row_of(t, bottom - stay), row_of(t, top), stay * COLUMNS * sizeof(t->cells[0]));
	for (u32 row = top; row < bottom - stay; row++)
		cells_blank(t, row, 0, COLUMNS);
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
	t->row = at_most(row, TERMINAL_ROWS - 1);
	t->column = at_most(column, COLUMNS - 1);
	t->wraps = false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/text_screen.h"

#include "hv/base/stretch.h"
#include "hv/console/terminal.h"

#define STATUS_ROW TERMINAL_ROWS
#define STATUS_BLANK (0x7000 | ' ') /* black on light grey */

_Static_assert(DISPLAY_COLUMNS == TERMINAL_COLUMNS && DISPLAY_ROWS == TERMINAL_ROWS + 1,
	       "the rows of the terminal, and a status line");

/* So many cells are shown at a time: a framebuffer takes up to a thousand instructions for each. */
#define PIECE 16u
_Static_assert(DISPLAY_COLUMNS % PIECE == 0, "whole pieces");

static const struct display *display;

/* The copy of the screen in ordinary memory: the card's memory is slow to write, and slower to
 * read. */
static struct terminal screen;
static struct terminal_modes interrupted; /* a guest's modes, while own text is written */
static u16 status[DISPLAY_COLUMNS] ALIGNED(4);
static bool status_changed;
static u32 cursor_shown; /* position of the card's cursor, or DISPLAY_CURSOR_HIDDEN */

static u32 cursor_position(void)
{
	return screen.modes.hidden ? DISPLAY_CURSOR_HIDDEN
				   : screen.row * DISPLAY_COLUMNS + screen.column;
}

bool text_screen_has_changed(void)
{
	return screen.changed || status_changed || cursor_position() != cursor_shown;
}

/* Shows a row; of a part, only as much as the stretch allows, and one piece at least. False: some of
 * it is left. */
static bool show_row(u32 row, const u16 *cells, bool part)
{
	for (u32 column = 0; column < DISPLAY_COLUMNS; column += PIECE) {
		display->show(row * DISPLAY_COLUMNS + column, cells + column, PIECE);
		if (part && stretch_is_spent())
			return column + PIECE == DISPLAY_COLUMNS;
	}
	return true;
}

static bool show_rows(bool part)
{
	for (u32 row = 0; screen.changed; row++) {
		if (screen.changed & 1u << row && !show_row(row, terminal_row(&screen, row), part))
			return false;
		screen.changed &= ~(1u << row);
	}
	return true;
}

static void show(bool part)
{
	if (!show_rows(part))
		return;
	if (status_changed)
		status_changed = !show_row(STATUS_ROW, status, part);
	if (cursor_position() != cursor_shown)
		display->show_cursor(cursor_position());
	cursor_shown = cursor_position();
}

void text_screen_show(void)
{
	show(false);
}

void text_screen_show_part(void)
{
	show(true);
}

void text_screen_init(const struct display *used)
{
	display = used;
	display->init();
	terminal_init(&screen);
	cursor_shown = DISPLAY_CURSOR_HIDDEN;
	text_screen_status("");
	text_screen_show();
}

void text_screen_put(char c)
{
	terminal_put(&screen, c);
}

void text_screen_interrupt(void)
{
	terminal_interrupt(&screen, &interrupted);
}

void text_screen_resume(void)
{
	terminal_resume(&screen, &interrupted);
}

void text_screen_take_over(void)
{
	terminal_take_over(&screen);
}

void text_screen_status(const char *text)
{
	for (u32 i = 0; i < DISPLAY_COLUMNS; i++)
		status[i] = *text ? (STATUS_BLANK & 0xFF00) | (u8)*text++ : STATUS_BLANK;
	status_changed = true;
}

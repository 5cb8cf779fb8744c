/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/text_screen.h"

#include "hv/base/stretch.h"
#include "hv/console/terminal.h"

#define STATUS_ROW TERMINAL_ROWS
#define STATUS_BLANK (0x7000 | ' ') /* black on light grey */

_Static_assert(DISPLAY_COLUMNS == TERMINAL_COLUMNS && DISPLAY_ROWS == TERMINAL_ROWS + 1,
	       "the rows of the terminal, and a status line");

/* So many cells are shown at a time: a framebuffer takes up to a thousand instructions for each. */
#define PIECE 4u
_Static_assert(DISPLAY_COLUMNS % PIECE == 0, "whole pieces");

static const struct display *display;

/* The copy of the screen in ordinary memory: the card's memory is slow to write, and slower to
 * read. */
static struct terminal screen;
static struct terminal_modes interrupted; /* a guest's modes, while own text is written */
static u16 status[DISPLAY_COLUMNS] ALIGNED(4);
static bool status_changed;
static u32 due;  /* rows of the picture that is being drawn, a bit each, still to be shown */
static u32 rest; /* a row of it is to be shown from this position on; 0: none is */
static u32 cursor_shown; /* position of the card's cursor, or DISPLAY_CURSOR_HIDDEN */

static u32 cursor_position(void)
{
	return screen.modes.hidden ? DISPLAY_CURSOR_HIDDEN
				   : screen.row * DISPLAY_COLUMNS + screen.column;
}

bool text_screen_is_partly_shown(void)
{
	return rest || due;
}

bool text_screen_has_changed(void)
{
	return screen.changed || status_changed || text_screen_is_partly_shown() ||
	       cursor_position() != cursor_shown;
}

static const u16 *row_cells(u32 row)
{
	return row == STATUS_ROW ? status : terminal_row(&screen, row);
}

/* Shows the cells from `at` to the end of their row. Of a part, only as many as the stretch allows,
 * and one piece at least. False: the stretch is spent. */
static bool show_row_from(u32 at, bool part)
{
	const u32 first = at - at % DISPLAY_COLUMNS;
	const u16 *cells = row_cells(at / DISPLAY_COLUMNS);
	bool spent;

	do {
		display->show(at, cells + (at - first), PIECE);
		at += PIECE;
		spent = part && stretch_is_spent();
	} while (at < first + DISPLAY_COLUMNS && !spent);
	rest = at % DISPLAY_COLUMNS ? at : 0;
	return !spent;
}

/* A picture has the rows that have changed when it begins; each is drawn once in it, with the cells
 * that it has by then. So a guest that changes the first rows all the time holds up no others. */
static void begin_picture(void)
{
	due |= screen.changed | (u32)status_changed << STATUS_ROW;
	screen.changed = 0;
	status_changed = false;
}

static void show(bool part)
{
	bool more;

	if (!part || !text_screen_is_partly_shown())
		begin_picture();
	more = !rest || show_row_from(rest, part);
	while (more && due) {
		u32 row = __builtin_ctz(due);

		due &= due - 1;
		more = show_row_from(row * DISPLAY_COLUMNS, part);
	}
	if (text_screen_is_partly_shown())
		return;
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
	rest = due = 0;
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

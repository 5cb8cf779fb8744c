/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/console/text_screen.h"

#include "arch/x86/vga.h"
#include "hv/console/terminal.h"

#define STATUS_ROW TERMINAL_ROWS
#define STATUS_BLANK (0x7000 | ' ') /* black on light grey */

_Static_assert(VGA_COLUMNS == TERMINAL_COLUMNS && VGA_ROWS == TERMINAL_ROWS + 1,
	       "the rows of the terminal, and a status line");

/* The copy of the screen in ordinary memory: the card's memory is slow to write, and slower to
 * read. */
static struct terminal screen;
static struct terminal_modes interrupted; /* a guest's modes, while own text is written */
static u16 status[VGA_COLUMNS] ALIGNED(4);
static bool status_changed;
static u32 cursor_shown; /* position of the card's cursor, or VGA_CURSOR_HIDDEN */

static u32 cursor_position(void)
{
	return screen.modes.hidden ? VGA_CURSOR_HIDDEN : screen.row * VGA_COLUMNS + screen.column;
}

bool text_screen_has_changed(void)
{
	return screen.changed || status_changed || cursor_position() != cursor_shown;
}

void text_screen_show(void)
{
	for (u32 row = 0; screen.changed; row++) {
		if (screen.changed & 1u << row)
			vga_show_row(row, terminal_row(&screen, row));
		screen.changed &= ~(1u << row);
	}
	if (status_changed)
		vga_show_row(STATUS_ROW, status);
	status_changed = false;
	if (cursor_position() != cursor_shown)
		vga_show_cursor(cursor_position());
	cursor_shown = cursor_position();
}

void text_screen_init(void)
{
	vga_init();
	terminal_init(&screen);
	cursor_shown = VGA_CURSOR_HIDDEN;
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
	for (u32 i = 0; i < VGA_COLUMNS; i++)
		status[i] = *text ? (STATUS_BLANK & 0xFF00) | (u8)*text++ : STATUS_BLANK;
	status_changed = true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text mode (IBM VGA technical reference; "Color text", mode 3). */
#include "arch/x86/vga.h"

#include "hv/console/terminal.h"
#include "arch/x86/vga_registers.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define TEXT_BUFFER 0xB8000u
#define ROW_BYTES (VGA_COLUMNS * sizeof(u16))
#define STATUS_ROW TERMINAL_ROWS
#define STATUS_BLANK (0x7000 | ' ') /* black on light grey */

_Static_assert(VGA_COLUMNS == TERMINAL_COLUMNS, "the screen is as wide as the terminal");

/* Kept in ordinary memory: the card's is slow to write, and slower to read. */
static struct terminal screen;
static struct terminal_modes interrupted; /* while there is plain text in between */
static u16 status[VGA_COLUMNS] ALIGNED(4);
static bool status_changed;
static u32 cursor_shown; /* where the card's cursor is; CURSOR_NOWHERE: hidden */

#define CURSOR_NOWHERE UINT32_MAX

static u32 cursor_wanted(void)
{
	return screen.modes.hidden ? CURSOR_NOWHERE : screen.row * VGA_COLUMNS + screen.column;
}

static void show_cursor(u32 wanted)
{
	if (wanted == CURSOR_NOWHERE)
		vga_cursor_off();
	else
		vga_cursor_on(wanted);
	cursor_shown = wanted;
}

static void show_row(u32 row, const u16 *cells)
{
	u8 *to = (u8 *)frame_map(to_pfn(TEXT_BUFFER >> FRAME_SHIFT)) + row * ROW_BYTES;

	memcpy(to, cells, ROW_BYTES);
}

bool vga_has_changed(void)
{
	return screen.changed || status_changed || cursor_wanted() != cursor_shown;
}

void vga_show(void)
{
	for (u32 row = 0; screen.changed; row++) {
		if (screen.changed & 1u << row)
			show_row(row, terminal_row(&screen, row));
		screen.changed &= ~(1u << row);
	}
	if (status_changed)
		show_row(STATUS_ROW, status);
	status_changed = false;
	if (cursor_wanted() != cursor_shown)
		show_cursor(cursor_wanted());
}

void vga_init(void)
{
	vga_registers_init();
	terminal_init(&screen);
	cursor_shown = CURSOR_NOWHERE;
	vga_status("");
	vga_show();
}

void vga_put(char c)
{
	terminal_put(&screen, c);
}

void vga_interrupt(void)
{
	terminal_interrupt(&screen, &interrupted);
}

void vga_resume(void)
{
	terminal_resume(&screen, &interrupted);
}

void vga_take_over(void)
{
	terminal_take_over(&screen);
}

void vga_status(const char *text)
{
	for (u32 i = 0; i < VGA_COLUMNS; i++)
		status[i] = *text ? (STATUS_BLANK & 0xFF00) | (u8)*text++ : STATUS_BLANK;
	status_changed = true;
}

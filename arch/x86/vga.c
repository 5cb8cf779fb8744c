/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text mode (IBM VGA technical reference; "Color text", mode 3). */
#include "arch/x86/vga.h"

#include "arch/x86/io.h"
#include "arch/x86/terminal.h"
#include "lib/string.h"

#define TEXT_BUFFER ((volatile u32 *)0xB8000) /* in pairs of cells: half the accesses */
#define STATUS_ROW TERMINAL_ROWS
#define STATUS_BLANK (0x7000 | ' ') /* black on light grey */

#define CRTC_INDEX 0x3D4
#define CRTC_DATA 0x3D5
#define CURSOR_START 0x0A
#define CURSOR_OFF 0x20
#define CURSOR_UNDERLINE 0x0D /* the first of its scan lines, of 16 */
#define CURSOR_HIGH 0x0E
#define CURSOR_LOW 0x0F

_Static_assert(VGA_COLUMNS == TERMINAL_COLUMNS, "the screen is as wide as the terminal");

/* Kept in ordinary memory: the card's is slow to write, and slower to read, as scrolling has to. */
static struct terminal screen;
static struct terminal_modes interrupted; /* while there is plain text in between */
static u16 status[VGA_COLUMNS] ALIGNED(4);
static bool status_changed;
static u32 cursor_shown; /* where the card's cursor is; CURSOR_NOWHERE: hidden */

#define CURSOR_NOWHERE UINT32_MAX

static void write_crtc(u8 index, u8 value)
{
	outb(CRTC_INDEX, index);
	outb(CRTC_DATA, value);
}

static u32 cursor_wanted(void)
{
	return screen.modes.hidden ? CURSOR_NOWHERE : screen.row * VGA_COLUMNS + screen.column;
}

static void show_cursor(u32 wanted)
{
	if (wanted == CURSOR_NOWHERE || cursor_shown == CURSOR_NOWHERE)
		write_crtc(CURSOR_START, wanted == CURSOR_NOWHERE ? CURSOR_OFF : CURSOR_UNDERLINE);
	if (wanted != CURSOR_NOWHERE) {
		write_crtc(CURSOR_HIGH, wanted >> 8);
		write_crtc(CURSOR_LOW, wanted & 0xFF);
	}
	cursor_shown = wanted;
}

static void show_row(u32 row, const u16 *cells)
{
	volatile u32 *to = TEXT_BUFFER + row * VGA_COLUMNS / 2;

	for (u32 i = 0; i < VGA_COLUMNS; i += 2)
		*to++ = cells[i] | (u32)cells[i + 1] << 16;
}

bool vga_has_changed(void)
{
	return screen.changed || status_changed || cursor_wanted() != cursor_shown;
}

void vga_show(void)
{
	for (u32 row = 0; screen.changed; row++) {
		if (screen.changed & 1u << row)
			show_row(row, screen.cells + row * VGA_COLUMNS);
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

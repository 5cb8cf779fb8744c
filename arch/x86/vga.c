/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text mode (IBM VGA technical reference; "Color text", mode 3). */
#include "arch/x86/vga.h"

#include "arch/x86/io.h"
#include "lib/string.h"

#define TEXT_BUFFER ((volatile u16 *)0xB8000)
#define COLUMNS 80
#define ROWS 25
#define TAB_STOP 8
#define BLANK (0x0700 | ' ') /* light grey on black */

#define CRTC_INDEX 0x3D4
#define CRTC_DATA 0x3D5
#define CURSOR_HIGH 0x0E
#define CURSOR_LOW 0x0F

/* Kept in ordinary memory: the card's is slow to write, and slower to read, as scrolling has to. */
static u16 screen[ROWS * COLUMNS];
static u32 column, row;
static u32 changed; /* the first row that vga_show has to draw again */

static void blank(u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		screen[i] = BLANK;
}

static void next_row(void)
{
	column = 0;
	if (++row < ROWS)
		return;
	row = ROWS - 1;
	memmove(screen, screen + COLUMNS, row * COLUMNS * sizeof(screen[0]));
	blank(row * COLUMNS, ROWS * COLUMNS);
	changed = 0;
}

void vga_show(void)
{
	u32 position = row * COLUMNS + column;

	for (u32 i = changed * COLUMNS; i < ROWS * COLUMNS; i++)
		TEXT_BUFFER[i] = screen[i];
	changed = row;
	outb(CRTC_INDEX, CURSOR_HIGH);
	outb(CRTC_DATA, position >> 8);
	outb(CRTC_INDEX, CURSOR_LOW);
	outb(CRTC_DATA, position & 0xFF);
}

void vga_init(void)
{
	row = column = changed = 0;
	blank(0, ROWS * COLUMNS);
	vga_show();
}

void vga_put(char c)
{
	switch (c) {
	case '\n':
		next_row();
		break;
	case '\r':
		column = 0;
		break;
	case '\b':
		column -= column > 0;
		break;
	case '\t':
		column = (column / TAB_STOP + 1) * TAB_STOP;
		break;
	default:
		screen[row * COLUMNS + column++] = (BLANK & 0xFF00) | (u8)c;
	}
	if (column >= COLUMNS)
		next_row();
}

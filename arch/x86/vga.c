/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/vga.h"

#include "arch/x86/vga_registers.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define TEXT_BUFFER 0xB8000u
#define ROW_BYTES (VGA_COLUMNS * sizeof(u16))

void vga_init(void)
{
	vga_registers_init();
	vga_cursor_off();
}

void vga_show_row(u32 row, const u16 *cells)
{
	u8 *to = (u8 *)frame_map(to_pfn(TEXT_BUFFER >> FRAME_SHIFT)) + row * ROW_BYTES;

	memcpy(to, cells, ROW_BYTES);
}

void vga_show_cursor(u32 cell)
{
	if (cell == VGA_CURSOR_HIDDEN)
		vga_cursor_off();
	else
		vga_cursor_on(cell);
}

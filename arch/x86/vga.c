/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/vga.h"

#include "arch/x86/vga_registers.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define TEXT_BUFFER 0xB8000u

/* Sets all registers (vga_registers.h). */
static void vga_init(void)
{
	vga_registers_init();
	vga_cursor_off();
}

static void vga_show(u32 at, const u16 *cells, u32 count)
{
	u16 *buffer = frame_map(to_pfn(TEXT_BUFFER >> FRAME_SHIFT));

	memcpy(buffer + at, cells, count * sizeof(*cells));
}

static void vga_show_cursor(u32 at)
{
	if (at == DISPLAY_CURSOR_HIDDEN)
		vga_cursor_off();
	else
		vga_cursor_on(at);
}

const struct display vga_display = {
    .init = vga_init,
    .show = vga_show,
    .show_cursor = vga_show_cursor,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A screen of character cells: the text mode of a VGA card (vga.h), or a framebuffer
 * (framebuffer.h). */
#ifndef ARCH_X86_DISPLAY_H
#define ARCH_X86_DISPLAY_H

#include "lib/types.h"

#define DISPLAY_COLUMNS 80u
#define DISPLAY_ROWS 25u
#define DISPLAY_CURSOR_HIDDEN UINT32_MAX

/* Positions count cells, row by row from 0. A cell is a character of code page 437 and, in the high
 * byte, its attribute: bits 0 to 3 the colour, 4 to 6 that of the background, 7 blinking. */
struct display {
	/* Prepares the device; the cursor is hidden. The cells may stay as they are. */
	void (*init)(void);

	/* Shows `count` cells from position `at` on, all of them in one row. `cells` is aligned to
	 * 4 bytes if `at` is even. */
	void (*show)(u32 at, const u16 *cells, u32 count);

	/* Shows the cursor at a position, or hides it (DISPLAY_CURSOR_HIDDEN). */
	void (*show_cursor)(u32 at);
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text mode (IBM VGA technical reference; "Color text", mode 3): rows of cells, and a
 * cursor. */
#ifndef ARCH_X86_VGA_H
#define ARCH_X86_VGA_H

#include "lib/types.h"

#define VGA_COLUMNS 80u
#define VGA_ROWS 25u
#define VGA_CURSOR_HIDDEN UINT32_MAX

/* Sets all registers (vga_registers.h); the cursor is hidden, the text buffer stays as it is. */
void vga_init(void);

/* Shows VGA_COLUMNS cells in row `row` (0 to VGA_ROWS-1). A cell is a character and its attribute.
 * `cells` is aligned to 4 bytes. */
void vga_show_row(u32 row, const u16 *cells);

/* Shows the cursor at a cell, counted row by row from 0, or hides it (VGA_CURSOR_HIDDEN). */
void vga_show_cursor(u32 cell);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of a VGA in text mode. For vga.c. */
#ifndef ARCH_X86_VGA_REGISTERS_H
#define ARCH_X86_VGA_REGISTERS_H

#include "lib/types.h"

/* False if there is no VGA: then nothing below may be called. To be called before
 * vga_registers_init. */
bool vga_is_present(void);

/*
 * Sets all registers that decide which cells are shown, and how: the boot loader may have scrolled,
 * split or panned the screen, or changed its colours. Afterwards the cursor is off. Timings, the
 * height of characters and the font stay the firmware's, since they depend on the display.
 */
void vga_registers_init(void);

/* Shows the cursor at cell `at`, as two lines below the character; hides it. */
void vga_cursor_on(u32 at);
void vga_cursor_off(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of a VGA in text mode. For vga.c. */
#ifndef ARCH_X86_VGA_REGISTERS_H
#define ARCH_X86_VGA_REGISTERS_H

#include "lib/types.h"

/*
 * Sets all that decides which cells are seen, and how: the boot loader may have scrolled, split or
 * panned the screen, or changed its colours. The cursor is off then. Timings, the height of characters
 * and the font are the firmware's: they depend on what is connected.
 */
void vga_registers_init(void);

/* The cursor stands at cell number `at`, as two lines below its character; or is off. */
void vga_cursor_on(u32 at);
void vga_cursor_off(void);

#endif

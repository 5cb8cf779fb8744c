/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's own screen, VGA text mode: 24 rows that behave like a VT100, and a line below them. */
#ifndef ARCH_X86_VGA_H
#define ARCH_X86_VGA_H

#include "lib/types.h"

#define VGA_COLUMNS 80u

void vga_init(void);

/* One byte of output, with the control characters and sequences of terminal.h. All of these write
 * ordinary memory; vga_show makes it visible. */
void vga_put(char c);

/* Plain text in between, on from where the other one left off; or for somebody else for good. */
void vga_interrupt(void);
void vga_resume(void);
void vga_take_over(void);

/* The bottom line, cut after VGA_COLUMNS characters. */
void vga_status(const char *text);

/* True if vga_show has something to draw. */
bool vga_has_changed(void);

/* Brings the screen up to date: what has changed, and the cursor. */
void vga_show(void);

#endif

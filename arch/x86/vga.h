/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's own screen: VGA text mode, 80 columns by 25 rows. */
#ifndef ARCH_X86_VGA_H
#define ARCH_X86_VGA_H

void vga_init(void);

/* Puts one character: \n \r \t \b as usual, scrolling at the bottom. vga_show makes it visible. */
void vga_put(char c);

/* Brings the screen up to date, the cursor behind the last character. */
void vga_show(void);

#endif

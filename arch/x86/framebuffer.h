/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A linear framebuffer: the screen of machines without VGA text, above all those with UEFI. Shows
 * the cells of a display in the middle of the screen, each dot as a square of pixels, as large as
 * fits.
 */
#ifndef ARCH_X86_FRAMEBUFFER_H
#define ARCH_X86_FRAMEBUFFER_H

#include "arch/x86/display.h"

/* Where a colour is in a pixel: its lowest bit, and the number of its bits. */
struct colour_bits {
	u8 at, size;
};

/* A framebuffer as the boot loader describes it (Multiboot2 Specification 2.0, 3.6.12). */
struct framebuffer_mode {
	u64 address; /* machine address of the pixel at the top left */
	u32 pitch;   /* bytes from a row of pixels to the next */
	u32 width, height;
	u8 bits; /* of a pixel; 0: there is no framebuffer */
	struct colour_bits red, green, blue;
};

/* NULL if this framebuffer can be used: 24 or 32 bits, 640 x 400 pixels at least, above 16 MB and
 * below the last 4 MB of the address space. Else a sentence that says why not. */
const char *framebuffer_problem(const struct framebuffer_mode *mode);

/* The number of bytes from mode->address on that the framebuffer takes; the mode can be used. */
u32 framebuffer_size(const struct framebuffer_mode *mode);

/* Sets the framebuffer that framebuffer_display shows cells on. The mode can be used, and its bytes
 * are mapped one to one. */
void framebuffer_use(const struct framebuffer_mode *mode);

extern const struct display framebuffer_display;

#endif

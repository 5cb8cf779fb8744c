/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text mode (IBM VGA technical reference; "Color text", mode 3). */
#ifndef ARCH_X86_VGA_H
#define ARCH_X86_VGA_H

#include "arch/x86/display.h"

extern const struct display vga_display;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's isa-debug-exit device: the exit status of QEMU tells the program that has started it how
 * the boot ended. */
#ifndef ARCH_X86_DEBUG_EXIT_H
#define ARCH_X86_DEBUG_EXIT_H

#include "lib/types.h"

/* How a boot ended. QEMU ends with status 2 * this + 1 (docs/boot.md). */
enum exit_value {
	EXIT_GOOD = 0x10,         /* 33: every guest shut itself down */
	EXIT_PANIC = 0x11,        /* 35 */
	EXIT_SOME_FAILED = 0x12,  /* 37: a guest was killed, timed out or could not be started */
	EXIT_NONE_STARTED = 0x13, /* 39 */
};

/* Ends QEMU if it has the device, at port 0xF4; else returns. */
void debug_exit(enum exit_value value);

#endif

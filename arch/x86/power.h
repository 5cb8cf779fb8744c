/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the machine ends. */
#ifndef ARCH_X86_POWER_H
#define ARCH_X86_POWER_H

#include "lib/types.h"

/* How a boot ended. QEMU with isa-debug-exit ends with 2 * this + 1. */
enum exit_value {
	EXIT_GOOD = 0x10,         /* 33: every guest shut itself down */
	EXIT_PANIC = 0x11,        /* 35 */
	EXIT_SOME_FAILED = 0x12,  /* 37: a guest was killed, timed out or could not be started */
	EXIT_NONE_STARTED = 0x13, /* 39 */
};

/* Ends QEMU if it has the isa-debug-exit device at port 0xF4; else returns. */
void debug_exit(u8 value);

/* Switches the power off, by ACPI or an emulator's port; returns if there is no such thing. */
void power_off(void);

/* Starts the machine again. */
void machine_restart(void) NORETURN;

/* The last resort: asks the BIOS of an older PC. Halts if that cannot do it either. */
void power_off_by_bios(void) NORETURN;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's action after the last guest's end: end= on the hypervisor's command line. */
#ifndef BOOT_END_H
#define BOOT_END_H

#include "arch/x86/debug_exit.h"

enum end_of_machine {
	END_UNSAID, /* as END_WAIT where the output is on a screen, else as END_POWEROFF */
	END_WAIT,   /* wait for a key, then as END_POWEROFF */
	END_POWEROFF,
	END_REBOOT,
	END_HALT,
};

/* The value of end=; false if it is none of these. */
bool end_parse(const char *value, enum end_of_machine *end);

/* Ends the machine as `end` says, or as a command of the monitor says instead. Writes `value` to
 * QEMU's debug exit device before it switches off, and for END_UNSAID before it waits: where that
 * device exists, a program waits for the end of QEMU, and no user presses a key. */
void end_machine(enum end_of_machine end, enum exit_value value) NORETURN;

#endif

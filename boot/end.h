/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine after the last guest's end: end= on the hypervisor's command line. */
#ifndef BOOT_END_H
#define BOOT_END_H

#include "arch/x86/power.h"

enum end_of_machine {
	END_UNSAID, /* as END_WAIT where the output is on a screen, else as END_POWEROFF */
	END_WAIT,   /* for a key, then as END_POWEROFF */
	END_POWEROFF,
	END_REBOOT,
	END_HALT,
};

/* The value of end=; false if it is none of these. */
bool end_parse(const char *value, enum end_of_machine *end);

/* The end. `value` goes to QEMU's isa-debug-exit, which ends QEMU, where there is one: before the wait
 * that was not asked for, since that device means that a program is waiting and not a person. */
void end_machine(enum end_of_machine end, enum exit_value value) NORETURN;

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: a guest that spins with interrupts off, IF clear as far as it can, and everything
 * blocked, does not own the machine: its time limit ends it.
 *
 * Reason: the host's timer must come through whatever a guest does.
 *
 * Method: an endless loop.
 *
 * Module: timeout=1
 * Expect: timed out "after 1 s"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	irq_disable();
	eflags_write(EFLAGS_ALWAYS);
	__asm__ volatile("cli");
	for (;;)
		compiler_barrier();
}

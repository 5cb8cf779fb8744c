/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The time limit ends a guest that spins with interrupts off, IF clear as far as it can,
 * and all interrupts blocked.
 *
 * Reason: The host's timer must reach the hypervisor whatever a guest does.
 *
 * Method: An endless loop.
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

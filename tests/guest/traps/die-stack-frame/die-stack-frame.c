/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A reflected trap whose frame cannot be pushed, because the stack is not mapped, kills
 * the guest.
 *
 * Reason: A CPU would have a double fault, and then a third fault.
 *
 * Method: esp points to the unmapped page 0; then INT3 through a 0xE gate.
 *
 * Expect: killed "stack 0x69:"
 */
#include "guest/include/kit.h"

#define UNMAPPED 0x800

const char *guest_main(void)
{
	paging_start();
	trap_gate(VECTOR_BP, GATE_INTERRUPT, 0);
	__asm__ volatile("movl %0, %%esp; int3" : : "i"(UNMAPPED));
	return "survived";
}

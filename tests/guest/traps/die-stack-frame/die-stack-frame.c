// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: a reflected trap whose frame cannot be pushed, since the stack is not mapped, kills.
 *
 * Reason: a CPU would have a double fault, and a third.
 *
 * Method: esp points to the unmapped page 0, and INT3 through a 0xE gate.
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

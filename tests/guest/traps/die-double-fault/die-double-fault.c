/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A direct trap for which the stack segment does not load, and whose #SS finds the same
 * segment, is a double fault: it kills this guest only.
 *
 * Reason: The CPU pushes these frames itself (Intel SDM 3, table 6-5: #SS during the delivery of
 * #SS). A third fault in a row would reset the machine.
 *
 * Method: SET_STACK with a segment that is then made absent, and INT3 in ring 3. A push beyond the
 * segment's limit does the same on a real CPU, but not in an emulator that ignores limits.
 *
 * Expect: killed "double fault"
 */
#include "guest/include/kit.h"

#define ENTRY 20

static USER_CODE u32 breakpoint(u32 unused)
{
	__asm__ volatile("int3");
	return unused;
}

const char *guest_main(void)
{
	struct descriptor flat = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE);
	struct outcome outcome;

	paging_start();
	user_map(kernel_directory);
	descriptor_load(ENTRY, flat);
	hcall_set_stack(ENTRY * 8 + 1, (u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
	outcome = ring3_call(breakpoint, 0);
	is_trap(outcome, VECTOR_BP, 0, "INT3 arrives as long as the segment is present");
	__asm__ volatile("movl %0, %%ss" : : "r"(GUEST_DS)); /* the trap has left ENTRY in it */
	flat.high &= ~SEGMENT_PRESENT;
	descriptor_load(ENTRY, flat);
	ring3_call(breakpoint, 0);
	return "survived";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: In a 16-bit stack segment (B = 0) a frame is pushed at sp, whatever the upper half of
 * esp, and the upper half stays. This holds for the CPU's push (gate type 0xF) and the hypervisor's
 * (type 0xE).
 *
 * Reason: The CPU uses sp there (Intel SDM 3, 6.2). IRET to a 16-bit stack leaves the upper half of
 * esp as it was in ring 0, so it is never 0 after an exit.
 *
 * Method: A segment of 64 KB at 512 MB, as ss in ring 1 and by SET_STACK for traps from ring 3;
 * vector 3 with both types of gate.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define BASE 0x20000000u
#define SIZE PAGE_SIZE
#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 1)
#define UPPER_HALF 0x12340000u

CODE_AT(".text", kernel_breakpoint, "int3");
CODE_AT(".user.text", user_breakpoint, "int3");

static void try_stack(bool user, u32 gate)
{
	u32 words = user ? 5 : 3, esp = UPPER_HALF | SIZE; /* eip, cs, eflags; and esp, ss */
	char *code = user ? user_breakpoint : kernel_breakpoint;
	struct iret_frame start = {(u32)code, USER_CS, EFLAGS_ALWAYS, user ? USER_STACK_TOP : esp,
				   user ? USER_DS : SELECTOR};
	const u32 *at = gpa_pointer(BASE + SIZE - words * sizeof(u32));
	bool caught;

	gate_set(VECTOR_BP, gate, 3, (u32)frame_catch);
	memset((void *)BASE, 0, SIZE);
	hcall_set_stack(SELECTOR, esp, 0);
	/* The catcher copies by esp, which may be outside the segment: it copies no word. */
	caught = try_frame(user ? enter_ring3 : enter_ring1, (u32)&start, 0);
	if (!ok(caught && (caught_frame.esp & 0xFFFF) == SIZE - words * sizeof(u32) &&
		    at[0] == (u32)code + 1 && at[1] == (user ? USER_CS : GUEST_CS),
		"from ring %u, gate type %X", user ? 3 : 1, gate))
		note("caught %u: %#x:%#x, eip %#x, cs %#x", caught, caught_frame.ss,
		     caught_frame.esp, at[0], at[1]);
}

const char *guest_main(void)
{
	struct descriptor stack = descriptor_make(BASE, 0xFFFF, 1, SEGMENT_WRITABLE);

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, BASE, gpa_of(page_alloc()), PTE_WRITE);
	stack.high &= ~SEGMENT_32BIT;
	descriptor_load(ENTRY, stack);
	try_stack(false, GATE_TRAP);
	try_stack(true, GATE_TRAP);
	try_stack(false, GATE_INTERRUPT);
	try_stack(true, GATE_INTERRUPT);
	done();
}

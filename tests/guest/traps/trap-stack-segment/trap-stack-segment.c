/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: With a ring-1 stack segment that has a base and a limit, a trap's frame goes to base +
 * esp, and the handler starts with that ss and esp. A frame that ends at the limit is pushed.
 *
 * Reason: The CPU adds the base when it pushes, so a reflected trap must do the same.
 *
 * Method: A stack segment that starts at 512 MB, used by SET_STACK for traps from ring 3 and as ss
 * in ring 1; vector 3 with a 0xF gate (pushed by the CPU) and with a 0xE gate (reflected). Then the
 * same with an expand-down segment. The words are read at their linear address, through ds.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define BASE 0x20000000u
#define SIZE (2 * PAGE_SIZE)
#define ENTRY_UP 20
#define ENTRY_DOWN 21
#define SELECTOR(entry) ((entry)*8 + 1)

CODE_AT(".text", kernel_breakpoint, "int3");
CODE_AT(".user.text", user_breakpoint, "int3");

static void try_stack(u32 entry, u32 esp, bool user, u32 gate, const char *text)
{
	u32 words = user ? 5 : 3; /* eip, cs, eflags; and esp, ss */
	char *code = user ? user_breakpoint : kernel_breakpoint;
	struct iret_frame start = {(u32)code, USER_CS, EFLAGS_ALWAYS, user ? USER_STACK_TOP : esp,
				   user ? USER_DS : SELECTOR(entry)};
	const u32 *at = (const u32 *)(BASE + esp) - words;
	bool caught;

	gate_set(VECTOR_BP, gate, 3, (u32)frame_catch);
	memset((void *)BASE, 0, SIZE);
	hcall_set_stack(SELECTOR(entry), esp, 0);
	caught = try_frame(user ? enter_ring3 : enter_ring1, (u32)&start, words);
	if (!ok(caught && caught_frame.ss == SELECTOR(entry) &&
		    caught_frame.esp == esp - words * sizeof(u32) && at[0] == (u32)code + 1 &&
		    at[1] == (user ? USER_CS : GUEST_CS),
		"%s, from ring %u, gate type %X", text, user ? 3 : 1, gate))
		note("caught %u: %#x:%#x, eip %#x, cs %#x", caught, caught_frame.ss,
		     caught_frame.esp, at[0], at[1]);
}

static void try_four(u32 entry, u32 esp, const char *text)
{
	try_stack(entry, esp, false, GATE_TRAP, text);
	try_stack(entry, esp, true, GATE_TRAP, text);
	try_stack(entry, esp, false, GATE_INTERRUPT, text);
	try_stack(entry, esp, true, GATE_INTERRUPT, text);
}

const char *guest_main(void)
{
	u32 page;

	paging_start();
	user_map(kernel_directory);
	for (page = BASE; page < BASE + SIZE; page += PAGE_SIZE)
		page_map(kernel_directory, page, gpa_of(page_alloc()), PTE_WRITE);
	descriptor_load(ENTRY_UP, descriptor_make(BASE, SIZE - 1, 1, SEGMENT_WRITABLE));
	/* Offsets above the limit are the valid ones (Intel SDM 3, 5.3). */
	descriptor_load(ENTRY_DOWN, descriptor_make(BASE, PAGE_SIZE - 1, 1,
						    SEGMENT_WRITABLE | SEGMENT_EXPAND_DOWN));

	try_four(ENTRY_UP, SIZE / 2 + 64, "a segment with a base");
	try_four(ENTRY_UP, SIZE, "the frame ends at the limit");
	try_four(ENTRY_DOWN, SIZE, "an expand-down segment");
	try_stack(ENTRY_DOWN, PAGE_SIZE + 12, false, GATE_INTERRUPT, "just above its limit");
	try_stack(ENTRY_DOWN, PAGE_SIZE + 20, true, GATE_INTERRUPT, "just above its limit");
	done();
}

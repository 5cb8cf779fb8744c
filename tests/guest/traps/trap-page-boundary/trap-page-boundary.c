/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The frame of a trap may cross a page boundary. Only the pages that it touches must be
 * present, and it sets ACCESSED and DIRTY in their entries.
 *
 * Reason: Frames are pushed by linear address, and a stack has no alignment. Stack pages that were
 * never touched have no shadow entry when the CPU or the hypervisor pushes.
 *
 * Method: A stack of two fresh pages, with esp at each word around their boundary. The CPU pushes
 * (vector 3, a 0xF gate) or the hypervisor does (a 0xE gate; and #GP, with an error code), from
 * ring 3 and from ring 1. Where the frame fits into one page, the other is absent.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define STACK 0x20000000u /* the first of the two pages */
#define BOUNDARY (STACK + PAGE_SIZE)
#define USED (PTE_ACCESSED | PTE_DIRTY)
#define FRAME_RING1 3 /* eip, cs, eflags */
#define FRAME_RING3 5 /* and esp, ss */

CODE_AT(".text", kernel_breakpoint, "int3");
CODE_AT(".text", kernel_halt, "hlt");
CODE_AT(".user.text", user_breakpoint, "int3");
CODE_AT(".user.text", user_halt, "hlt");

static u32 *pages[2];

/* Maps the pages that [start, end) touches, unused, and no other. */
static void fresh_pages(u32 start, u32 end)
{
	u32 i, page;

	for (i = 0; i < 2; i++) {
		page = STACK + i * PAGE_SIZE;
		if (end > page && start < page + PAGE_SIZE)
			page_map(kernel_directory, page, gpa_of(pages[i]), PTE_WRITE);
		else
			page_unmap(kernel_directory, page);
	}
}

static bool pages_are_used(void)
{
	pte_t low = page_lookup(kernel_directory, STACK);
	pte_t high = page_lookup(kernel_directory, BOUNDARY);

	return (!low || (low & USED) == USED) && (!high || (high & USED) == USED);
}

static bool try_at(char *code, bool user, u32 vector, u32 esp)
{
	u32 words = (user ? FRAME_RING3 : FRAME_RING1) + (vector == VECTOR_GP);
	u32 eip = (u32)code + (vector == VECTOR_BP); /* a trap points behind INT3 */
	u32 at = vector == VECTOR_GP;                /* behind the error code */
	struct iret_frame start = {(u32)code, USER_CS, EFLAGS_ALWAYS, user ? USER_STACK_TOP : esp,
				   user ? USER_DS : GUEST_DS};

	fresh_pages(esp - words * sizeof(u32), esp);
	hcall_set_stack(GUEST_DS, user ? esp : (u32)trap_stack + sizeof(trap_stack), 0);
	if (!try_frame(user ? enter_ring3 : enter_ring1, (u32)&start, words))
		return false;
	return caught_frame.esp == esp - words * sizeof(u32) && caught_frame.words[at] == eip &&
	       caught_frame.words[at + 1] == (user ? USER_CS : GUEST_CS) &&
	       (!user || (caught_frame.words[at + 3] == USER_STACK_TOP &&
			  caught_frame.words[at + 4] == USER_DS)) &&
	       (!at || !caught_frame.words[0]) && pages_are_used();
}

static void try_all(char *code, bool user, u32 vector, const char *how)
{
	u32 esp, bad = 0;

	for (esp = BOUNDARY - 4; esp <= BOUNDARY + FRAME_WORDS * 4 + 4; esp += 4) {
		if (try_at(code, user, vector, esp))
			continue;
		note("esp %#x: eip %#x, esp %#x, entries %#x %#x", esp, caught_frame.words[0],
		     caught_frame.esp, page_lookup(kernel_directory, STACK),
		     page_lookup(kernel_directory, BOUNDARY));
		bad++;
	}
	is_equal(bad, 0, "%s, from ring %u", how, user ? 3 : 1);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	pages[0] = page_alloc();
	pages[1] = page_alloc();
	gate_set(VECTOR_BP, GATE_TRAP, 3, (u32)frame_catch);
	try_all(user_breakpoint, true, VECTOR_BP, "pushed by the CPU");
	try_all(kernel_breakpoint, false, VECTOR_BP, "pushed by the CPU");
	gate_set(VECTOR_BP, GATE_INTERRUPT, 3, (u32)frame_catch);
	try_all(user_breakpoint, true, VECTOR_BP, "reflected");
	try_all(kernel_breakpoint, false, VECTOR_BP, "reflected");
	gate_set(VECTOR_GP, GATE_TRAP, 0, (u32)frame_catch);
	try_all(user_halt, true, VECTOR_GP, "reflected with an error code");
	try_all(kernel_halt, false, VECTOR_GP, "reflected with an error code");
	done();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: on a 16-bit stack (B = 0) the whole of esp comes back from an exit, in ring 1 and
 * ring 3.
 *
 * Reason: an IRET to a 16-bit stack sets sp only and leaves the upper half of esp as it was in
 * ring 0. To a guest there was no IRET: a hypercall gives back every register, and a filled page
 * fault and the machine's timer do not exist. Code that has switched to a 16-bit stack may keep
 * half a word up there, or read with esp as the base of an address.
 *
 * Method: ss is a flat 16-bit segment, the upper half of esp is a number of its own; then a
 * hypercall, a skipped IN, an access to a page without a shadow entry, and a loop that the timer
 * interrupts.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define DATA 0x20000000u
#define ESP 0x1234F000u /* nothing is pushed there */
#define RING1_ENTRY 20
#define RING3_ENTRY 21

/* Sets ss and esp, runs `code`, gives back esp. In ring 1 the old stack is in ebp meanwhile. */
#define ON_STACK(name, code)                                                                       \
	CODE_AT(".text", kernel_##name,                                                            \
		"pushl %ebp; pushl %ebx; movl %ss, %edx; movl %esp, %ebp\n"                        \
		"movl $(20 * 8 + 1), %eax; movl %eax, %ss; movl $0x1234F000, %esp\n" code "\n"     \
		"movl %esp, %ecx; movl %edx, %ss; movl %ebp, %esp\n"                               \
		"movl %ecx, %eax; popl %ebx; popl %ebp; ret");                                     \
	CODE_AT(".user.text", user_##name,                                                         \
		"movl %ss, %edx; movl %esp, %ebp\n"                                                \
		"movl $(21 * 8 + 3), %eax; movl %eax, %ss; movl $0x1234F000, %esp\n" code "\n"     \
		"movl %esp, %ecx; movl %edx, %ss; movl %ebp, %esp\n"                               \
		"movl %ecx, %eax; ret");

ON_STACK(nothing, "nop");
ON_STACK(hypercall, "xorl %eax, %eax; int $0x1f"); /* in ring 1 only */
ON_STACK(skipped, "inb $0x61, %al");               /* so is this one */
ON_STACK(filled, "movl 0x20000000, %eax");
ON_STACK(interrupted, "movl $20000000, %ecx\n1: loop 1b");

static void try_one(char *kernel, char *user, const char *text)
{
	pte_t entry = page_lookup(kernel_directory, DATA) & ~(pte_t)PTE_MARKS;

	page_set(kernel_directory, DATA, entry);
	is_value(try_call((u32(*)(u32))kernel, 0), ESP, "ring 1: %s", text);
	if (!user)
		return;
	page_set(kernel_directory, DATA, entry);
	is_value(ring3_call((u32(*)(u32))user, 0), ESP, "ring 3: %s", text);
}

static void load_stack(u32 entry, u32 ring)
{
	struct descriptor stack = descriptor_make(0, 0xFFFFFFFF, ring, SEGMENT_WRITABLE);

	stack.high &= ~SEGMENT_32BIT;
	descriptor_load(entry, stack);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, DATA, gpa_of(page_alloc()), PTE_USER);
	load_stack(RING1_ENTRY, 1);
	load_stack(RING3_ENTRY, 3);
	try_one(kernel_nothing, user_nothing, "no exit");
	try_one(kernel_hypercall, NULL, "a hypercall");
	try_one(kernel_skipped, NULL, "a skipped IN");
	try_one(kernel_filled, user_filled, "a filled page fault");
	hcall_set_clockevent(NS_PER_MS);
	irq_block(GUEST_IRQ_TIMER); /* so what waits is tried again and again */
	try_one(kernel_interrupted, user_interrupted, "the machine's timer");
	done();
}

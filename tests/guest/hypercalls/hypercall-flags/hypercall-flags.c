/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A hypercall keeps each register and flag: with NT, AC, DF and the arithmetic flags
 * set; behind MOV SS; and with TF set, where the single step comes behind the next instruction.
 *
 * Reason: Each of these flags affects the hypervisor if it passes them on: NT makes IRET a task
 * switch, DF reverses copying, TF and MOV SS are known ways to make kernels trap where they do not
 * expect it.
 *
 * Method: The flags are set directly in front of the hypercall and read behind it.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ARITHMETIC 0x8D5u /* OF, SF, ZF, AF, PF, CF */

struct registers {
	u32 eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};

/* Makes FLUSH_ASYNC with these flags, and stores all registers and flags behind it. */
void flush_with_flags(struct registers *registers);
__asm__(".pushsection .text\n"
	"flush_with_flags:\n"
	"pushal; pushl %eax; movl %eax, %esi\n"
	"pushl 28(%esi); movl 4(%esi), %ebx; movl 8(%esi), %ecx; movl 12(%esi), %edx\n"
	"movl 20(%esi), %edi; movl 24(%esi), %ebp; movl 0(%esi), %eax; movl 16(%esi), %esi\n"
	"popfl; int $0x1f; pushfl\n"
	"xchgl %eax, 4(%esp)\n" /* the structure's address, and eax in its place */
	"movl %ebx, 4(%eax); movl %ecx, 8(%eax); movl %edx, 12(%eax); movl %esi, 16(%eax)\n"
	"movl %edi, 20(%eax); movl %ebp, 24(%eax)\n"
	"popl 28(%eax); popl 0(%eax)\n"
	"pushl $2; popfl; popal; ret\n"
	".popsection");

static void try_flags(u32 flags, const char *name)
{
	const struct registers before = {
	    HCALL_FLUSH_ASYNC, 11, 12, 13, 14, 15, 16, EFLAGS_ALWAYS | EFLAGS_IF | flags};
	struct registers after = before;

	flush_with_flags(&after);
	if (!ok(!memcmp(&before, &after, sizeof(before)), "%s", name))
		note("eflags %#x became %#x, eax %u, ebx %u, edi %u, ebp %u", before.eflags,
		     after.eflags, after.eax, after.ebx, after.edi, after.ebp);
}

/* The trap must come behind the first instruction after the hypercall: IRET sets TF, and one
 * instruction is done before it counts (Intel SDM 3, 17.3.1.4). */
CODE_AT(".text", step_over_hypercall,
	"pushfl; orl $0x100, (%esp); xorl %eax, %eax; popfl\n"
	"int $0x1f\n"
	"nop\n"
	"after_step: nop; ud2");
CODE_AT(".text", step_behind_mov_ss,
	"movl %ss, %ecx; pushfl; orl $0x100, (%esp); xorl %eax, %eax; popfl\n"
	"movl %ecx, %ss\n"
	"int $0x1f\n"
	"nop\n"
	"after_mov_ss: nop; ud2");
CODE_AT(".text", hypercall_behind_mov_ss,
	"movl %ss, %ecx; xorl %eax, %eax\n"
	"movl %ecx, %ss\n"
	"int $0x1f\n"
	"ret");
extern char after_step[], after_mov_ss[];

static void is_single_step(struct outcome outcome, char *eip, const char *name)
{
	is_trap(outcome, VECTOR_DB, 0, "%s", name);
	is_equal(outcome.frame.eip, (u32)eip, "behind the next instruction");
	is_equal(outcome.frame.eflags & EFLAGS_TF, EFLAGS_TF, "TF is in the frame");
}

const char *guest_main(void)
{
	try_flags(0, "no flag");
	try_flags(ARITHMETIC, "arithmetic flags");
	try_flags(EFLAGS_NT, "NT");
	try_flags(EFLAGS_AC, "AC");
	try_flags(EFLAGS_DF, "DF");
	try_flags(ARITHMETIC | EFLAGS_NT | EFLAGS_AC | EFLAGS_DF, "all of them");
	is_single_step(try_execute((u32)step_over_hypercall), after_step, "TF: a single step");
	is_fine(try_execute((u32)hypercall_behind_mov_ss), "behind MOV SS");
	is_single_step(try_execute((u32)step_behind_mov_ss), after_mov_ss, "TF and MOV SS");
	trap_gate(VECTOR_DB, GATE_INTERRUPT, 0);
	is_single_step(try_execute((u32)step_over_hypercall), after_step, "TF, reflected");
	done();
}

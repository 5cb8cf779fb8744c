/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Ring 3 that runs off the end of its code segment has #GP with error code 0 and eip
 * behind the last byte, also where a VM exit happens there. A single step of the last instruction
 * is a debug trap there first. The guest goes on.
 *
 * Reason: Behind the last instruction eip is beyond the limit, and an IRET to it is #GP (Intel SDM
 * 2, IRET). The hypervisor makes such an IRET when the machine's timer, or a page fault of a
 * frame's push, has interrupted ring 3 there. It is a fault of the process, and must not end the
 * guest.
 *
 * Method: A code segment that ends with a NOP. One case steps through it, with no shadow entry for
 * the trap stack. The other runs through it many times in a short loop, with a blocked interrupt
 * pending, for which the machine's timer comes each millisecond. QEMU's TCG checks no limits: there
 * UD2, which is behind the last byte, executes and traps. Bochs shows more (tests/run-bochs).
 *
 * Case: step shut down "tap: "
 * Case: timer shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u
#define BEHIND (CODE + PAGE_SIZE)
#define LAST (BEHIND - 1)
#define FIRST (BEHIND - 96) /* so many NOPs: Bochs looks at its timer every 32 instructions or so */
#define STACK 0x30000000u
#define STACK_END (STACK + PAGE_SIZE)
#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 3)
#define NOP 0x90
#define RUNS 2000u /* the default; runs= gives another number */

static const u8 ud2[] = {0x0F, 0x0B};

static void run_last(struct user_context *context, u32 eflags)
{
	user_prepare(context, NULL, 0, USER_STACK_TOP);
	context->frame.eip = LAST;
	context->frame.cs = SELECTOR;
	context->frame.eflags |= eflags;
	user_enter(context);
}

/* From #GP, or QEMU's #UD, straight back to the last NOPs. */
extern char on_protection[], on_invalid[];
u32 runs_left, wrong_eips, wrong_errors;
__asm__(".pushsection .text\n"
	"on_protection:\n"
	"cmpl $0, (%esp); je 1f; incl %ss:wrong_errors\n"
	"1: addl $4, %esp\n"
	"on_invalid:\n"
	"cmpl $0x20001000, (%esp); je 2f; incl %ss:wrong_eips\n"
	"2: movl $0x20000FA0, (%esp)\n"
	"decl %ss:runs_left; jz frame_catch\n"
	"iret\n"
	".popsection");
_Static_assert(BEHIND == 0x20001000 && FIRST == 0x20000FA0, "asm");

static void run_off(u32 gate)
{
	u32 runs = boot_option_number("runs", RUNS);
	struct iret_frame start = {FIRST, SELECTOR, EFLAGS_ALWAYS | EFLAGS_IF, USER_STACK_TOP,
				   USER_DS};

	gate_set(VECTOR_GP, gate, 0, (u32)on_protection);
	gate_set(VECTOR_UD, gate, 0, (u32)on_invalid);
	hcall_set_clockevent(1);
	runs_left = runs;
	wrong_eips = wrong_errors = 0;
	ok(try_frame(enter_ring3, (u32)&start, 0), "gate type %X: %u times behind the last byte",
	   gate, runs);
	is_equal(wrong_eips, 0, "eip is there");
	is_equal(wrong_errors, 0, "the error code is 0");
	trap_gate(VECTOR_GP, GATE_TRAP, 0);
}

static void step_off(u32 gate)
{
	struct user_context context;

	trap_gate(VECTOR_DB, gate, 0);
	page_set(kernel_directory, STACK, page_lookup(kernel_directory, STACK) & ~(pte_t)PTE_MARKS);
	run_last(&context, EFLAGS_TF);
	is_equal(context.frame.vector, VECTOR_DB, "gate type %X: a debug trap", gate);
	is_equal(context.frame.eip, BEHIND, "behind the last instruction");
}

static void step(void)
{
	step_off(GATE_INTERRUPT);
	step_off(GATE_TRAP);
	done();
}

static void timer(void)
{
	irq_block(GUEST_IRQ_TIMER);
	run_off(GATE_INTERRUPT);
	run_off(GATE_TRAP);
	done();
}

const char *guest_main(void)
{
	static const struct boot_case cases[] = {{"step", step}, {"timer", timer}};
	u8 *code, *behind;

	paging_start();
	user_map(kernel_directory);
	code = page_alloc();
	behind = page_alloc();
	memset(code, NOP, PAGE_SIZE);
	memcpy(behind, ud2, sizeof(ud2));
	page_map(kernel_directory, CODE, gpa_of(code), PTE_USER);
	page_map(kernel_directory, BEHIND, gpa_of(behind), PTE_USER);
	page_map(kernel_directory, STACK, gpa_of(page_alloc()), PTE_WRITE);
	descriptor_load(ENTRY, descriptor_make(0, LAST, 3, SEGMENT_CODE));
	hcall_set_stack(GUEST_DS, STACK_END, 0);
	return boot_run_case(cases, ARRAY_SIZE(cases));
}

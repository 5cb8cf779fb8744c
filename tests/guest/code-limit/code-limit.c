// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: ring 3 that runs off the end of its code segment has #GP with error code 0, with eip
 * behind the last byte, whatever brings the hypervisor in right there; a single step of the last
 * instruction is a debug trap there first. The guest goes on.
 *
 * Reason: behind the last instruction eip is beyond the limit. An IRET to it is #GP (Intel SDM 2,
 * IRET), and the hypervisor makes one when the machine's timer, or a page fault of a frame's push,
 * has interrupted ring 3 there. It is the process' fault, and not the guest's end.
 *
 * Method: a code segment that ends with a NOP. A step of it, with no shadow entry for the trap
 * stack; and many runs, with clock events that the guest has blocked. QEMU's TCG knows no limits:
 * there, what is behind the last byte, UD2, is executed and traps. So it is Bochs that shows more
 * (tests/run-bochs).
 *
 * Case: step shut down "tap: "
 * Case: timer shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u
#define BEHIND (CODE + PAGE_SIZE)
#define LAST (BEHIND - 1)
#define STACK 0x30000000u
#define STACK_END (STACK + PAGE_SIZE)
#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 3)
#define NOP 0x90
#define RUNS 2000u
#define DELAY_STEP 97u /* ns: meets each instruction at some time */
#define DELAY_MAX 30000u

static const u8 ud2[] = {0x0F, 0x0B};

static void run_last(struct user_context *context, u32 eflags)
{
	user_prepare(context, NULL, 0, USER_STACK_TOP);
	context->frame.eip = LAST;
	context->frame.cs = SELECTOR;
	context->frame.eflags |= eflags;
	user_enter(context);
}

/* As the CPU has it, or as QEMU does. */
static bool is_off_the_end(const struct user_context *context)
{
	const struct trap_frame *frame = &context->frame;

	return (frame->vector == VECTOR_PROTECTION || frame->vector == VECTOR_INVALID_OPCODE) &&
	       frame->error == 0 && frame->eip == BEHIND && (frame->cs & 0xFFFF) == SELECTOR &&
	       (frame->ss & 0xFFFF) == USER_DS && frame->esp == USER_STACK_TOP;
}

static void run_off(u32 gate)
{
	struct user_context context;
	u32 i, bad = 0;

	trap_gate(VECTOR_PROTECTION, gate, 0);
	for (i = 0; i < RUNS; i++) {
		hcall_set_clockevent(1 + i * DELAY_STEP % DELAY_MAX);
		run_last(&context, 0);
		bad += !is_off_the_end(&context);
	}
	if (!is_equal(bad, 0, "gate type %X: #GP each time, of %u", gate, RUNS))
		note("at last: vector %u, error %#x, eip %#x", context.frame.vector,
		     context.frame.error, context.frame.eip);
}

static void step_off(u32 gate)
{
	struct user_context context;

	trap_gate(VECTOR_DEBUG, gate, 0);
	page_set(kernel_directory, STACK, page_lookup(kernel_directory, STACK) & ~(pte_t)PTE_MARKS);
	run_last(&context, EFLAGS_TF);
	is_equal(context.frame.vector, VECTOR_DEBUG, "gate type %X: a debug trap", gate);
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

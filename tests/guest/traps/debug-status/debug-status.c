/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: After a single step DR6 has BS (bit 14) set, for the handler and until the guest
 * writes DR6. A write of 0 clears it. Breakpoint instructions and other traps do not set it.
 *
 * Reason: A kernel tells a step from a breakpoint by BS, and must clear BS itself, because the CPU
 * never does (Intel SDM 3, 17.2.3 and 17.3.1.4). The steps of another guest must not show in DR6.
 *
 * Method: Steps in ring 1 and ring 3, also of instructions that the hypervisor emulates, and one
 * whose frame has a page fault; vector 1 with both types of gate. DR4 is another name of DR6 while
 * CR4.DE is clear. The image also boots on the bare machine, where the CPU gives the same results.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define DR6_CLEAR 0xFFFF0FF0u /* as after a reset: the bits that are always 1 (SDM 3, 17.2.3) */
#define DR6_STEP (DR6_CLEAR | 1u << 14)
#define STACK 0x20000000u

static volatile u32 seen, steps;

static u32 dr6_read(void)
{
	u32 value;

	__asm__ volatile("movl %%dr6, %0" : "=r"(value));
	return value;
}

static u32 dr4_read(void)
{
	u32 value;

	__asm__ volatile(".byte 0x0F, 0x21, 0xE0" : "=a"(value)); /* MOV EAX, DR4 */
	return value;
}

static void dr6_write(u32 value)
{
	__asm__ volatile("movl %0, %%dr6" : : "r"(value));
}

static void on_debug(struct trap_frame *frame)
{
	(void)frame;
	seen = dr6_read();
	steps++;
}

static void on_breakpoint(struct trap_frame *frame)
{
	(void)frame;
	seen = dr6_read();
}

/* Steps of `instruction` and of the POPF behind it. */
#define UNDER_TF(instruction)                                                                      \
	__asm__ volatile("pushfl\n\t"                                                              \
			 "pushfl\n\t"                                                              \
			 "orl %0, (%%esp)\n\t"                                                     \
			 "popfl\n\t" instruction "\n\t"                                            \
			 "popfl\n\t"                                                               \
			 "nop"                                                                     \
			 :                                                                         \
			 : "i"(EFLAGS_TF)                                                          \
			 : "eax", "memory")

static void is_step(u32 number, const char *text)
{
	is_equal(steps, number, "%s: there are steps", text);
	is_equal(seen, DR6_STEP, "%s: the handler sees BS", text);
	is_equal(dr6_read(), DR6_STEP, "%s: and it stays", text);
	steps = seen = 0;
	dr6_write(0);
	is_equal(dr6_read(), DR6_CLEAR, "%s: until it is written", text);
}

static void step_in_ring1(void)
{
	UNDER_TF("nop");
	is_step(2, "NOP");
	UNDER_TF("inb $0x61, %%al");
	is_step(2, "IN");
	UNDER_TF("nop");
	steps = 0;
	UNDER_TF("nop");
	is_step(2, "a second time, not cleared in between");
}

CODE_AT(".user.text", user_nop, "nop; nop; ud2");

static void step_in_ring3(const char *text)
{
	struct user_context context;

	user_prepare(&context, NULL, 0, USER_STACK_TOP);
	context.frame.eip = (u32)user_nop;
	context.frame.eflags |= EFLAGS_TF;
	user_enter(&context);
	steps += context.frame.vector == VECTOR_DB;
	seen = dr6_read();
	is_step(1, text);
}

/* The CPU pushes on a page without a shadow entry. */
static void step_with_a_fault(void)
{
	page_set(kernel_directory, STACK, page_lookup(kernel_directory, STACK) & ~(pte_t)PTE_MARKS);
	hcall_set_stack(GUEST_DS, STACK + PAGE_SIZE, 0);
	step_in_ring3("NOP in ring 3, its frame where no shadow is");
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
}

static void others(void)
{
	__asm__ volatile("int3");
	is_equal(seen, DR6_CLEAR, "INT3 leaves DR6 alone");
	__asm__ volatile("int $1");
	is_equal(seen, DR6_CLEAR, "INT 1 leaves DR6 alone");
	steps = seen = 0;
	UNDER_TF("nop");
	__asm__ volatile("int3");
	is_equal(seen, DR6_STEP, "INT3 behind a step leaves BS");
	is_equal(dr4_read(), DR6_STEP, "DR4 is the same");
	steps = seen = 0;
	dr6_write(DR6_CLEAR);
	is_equal(dr6_read(), DR6_CLEAR, "the value of a reset clears it too");
}

const char *guest_main(void)
{
	u32 gate;

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, STACK, gpa_of(page_alloc()), PTE_WRITE);
	trap_handlers[VECTOR_DB] = on_debug;
	trap_handlers[VECTOR_BP] = on_breakpoint;
	is_equal(dr6_read(), DR6_CLEAR, "at first, as after a reset");
	for (gate = GATE_INTERRUPT; gate <= GATE_TRAP; gate++) {
		note("vector 1 has a gate of type %X", gate);
		trap_gate(VECTOR_DB, gate, 0);
		step_in_ring1();
		step_in_ring3("NOP in ring 3");
		step_with_a_fault();
		others();
	}
	done();
}

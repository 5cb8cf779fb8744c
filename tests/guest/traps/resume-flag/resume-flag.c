/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: RF in a pushed eflags is the CPU's: 0 for a virtual interrupt and for a debug trap,
 * also behind an instruction that the hypervisor has emulated and where it has filled a page fault.
 * For a fault it is the same through both types of gate.
 *
 * Reason: The CPU sets RF in the frames of faults only, and clears it behind each instruction
 * (Intel SDM 3, 17.3.1.1). A kernel that returns with RF set misses a breakpoint of its own.
 *
 * Method: Frames of interrupts and steps in ring 1 and ring 3: behind IN, behind a hypercall, and
 * at accesses to a page whose shadow entry was just dropped. Bochs sets RF in the frame of each
 * fault as the manual says. QEMU before 8 never does, so Bochs shows more (tests/run-bochs).
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ROUNDS 10u
#define DATA 0x20000000u
#define WAIT_TICKS 100000000u

enum word { FRAME_EIP, FRAME_CS, FRAME_EFLAGS, FRAME_COUNT };

#define NAMED(section, name, instructions)                                                         \
	CODE_AT(section, name, instructions);                                                      \
	extern char name##_end[]

/* An instruction, and a loop behind it. */
NAMED(".text", kernel_in, "inb $0x61, %al\nkernel_in_end: jmp kernel_in_end");
NAMED(".text", kernel_read, "movl 0x20000000, %ecx\nkernel_read_end: jmp kernel_read_end");
NAMED(".text", kernel_call, "xorl %eax, %eax; int $0x1f\nkernel_call_end: jmp kernel_call_end");
NAMED(".user.text", user_read_data,
      "movl 0x20000000, %ecx\nuser_read_data_end: jmp user_read_data_end");
CODE_AT(".text", kernel_ud2, "ud2");
CODE_AT(".user.text", user_ud2, "ud2");

static u32 stack[256];
#define STACK_END ((u32)(stack + ARRAY_SIZE(stack)))

static void drop(void)
{
	page_set(kernel_directory, DATA, page_lookup(kernel_directory, DATA) & ~(pte_t)PTE_MARKS);
}

static struct iret_frame start_at(const char *code, bool user, u32 flags)
{
	return (struct iret_frame){(u32)code, USER_CS, EFLAGS_ALWAYS | flags,
				   user ? USER_STACK_TOP : STACK_END, user ? USER_DS : GUEST_DS};
}

/* Ring 1 by an IRET, so that TF counts from the first instruction there. */
u32 enter_kernel(const u32 *words);
__asm__(".pushsection .text\n"
	"enter_kernel:\n"
	"movl %eax, %esp\n"
	"iret\n"
	".popsection");

static u32 enter(u32 start)
{
	const struct iret_frame *frame = (const void *)start;
	u32 *words = stack + ARRAY_SIZE(stack) - FRAME_COUNT;

	if ((frame->ss & 3) == 3)
		enter_ring3(start);
	words[FRAME_EIP] = frame->eip;
	words[FRAME_CS] = GUEST_CS;
	words[FRAME_EFLAGS] = frame->eflags;
	return enter_kernel(words);
}

static u32 enter_when_on(u32 start)
{
	lguest_data.irq_enabled = GUEST_IF;
	return enter(start);
}

/* Virtual interrupts, each at the code or in the loop behind it. */
static void interrupt(const char *code, const char *end, bool user, const char *text)
{
	u32 i, waited, arrived = 0, flagged = 0;
	struct iret_frame start = start_at(code, user, EFLAGS_IF);

	for (i = 0; i < ROUNDS; i++) {
		irq_disable();
		hcall_set_clockevent(1);
		drop();
		for (waited = 0; !lguest_data.irq_pending && waited < WAIT_TICKS; waited++)
			;
		arrived += try_frame(enter_when_on, (u32)&start, FRAME_COUNT) &&
			   caught_frame.words[FRAME_EIP] - start.eip <= (u32)(end - code);
		flagged += !!(caught_frame.words[FRAME_EFLAGS] & EFLAGS_RF);
	}
	irq_disable();
	is_equal(arrived, ROUNDS, "an interrupt %s, ring %u", text, user ? 3 : 1);
	is_equal(flagged, 0, "RF in its frame is 0");
}

static void step(const char *code, const char *end, bool user, u32 gate, const char *text)
{
	struct iret_frame start = start_at(code, user, EFLAGS_TF);

	gate_set(VECTOR_DB, gate, 0, (u32)frame_catch);
	drop();
	ok(try_frame(enter, (u32)&start, FRAME_COUNT) && caught_frame.words[FRAME_EIP] == (u32)end,
	   "a step %s, ring %u, gate type %X", text, user ? 3 : 1, gate);
	is_equal(caught_frame.words[FRAME_EFLAGS] & EFLAGS_RF, 0, "RF in its frame is 0");
	trap_gate(VECTOR_DB, GATE_TRAP, 0);
}

static u32 rf_of_fault(bool user, u32 gate)
{
	struct iret_frame start = start_at(user ? user_ud2 : kernel_ud2, user, 0);

	gate_set(VECTOR_UD, gate, 0, (u32)frame_catch);
	ok(try_frame(enter, (u32)&start, FRAME_COUNT), "#UD, ring %u, gate type %X", user ? 3 : 1,
	   gate);
	trap_gate(VECTOR_UD, GATE_TRAP, 0);
	return caught_frame.words[FRAME_EFLAGS] & EFLAGS_RF;
}

static void faults(bool user)
{
	u32 direct = rf_of_fault(user, GATE_TRAP);

	is_equal(rf_of_fault(user, GATE_INTERRUPT), direct, "RF is the same, reflected");
	note("the CPU pushes RF = %u", !!direct);
}

const char *guest_main(void)
{
	u32 gate;

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, DATA, gpa_of(page_alloc()), PTE_USER | PTE_WRITE);
	hcall_set_stack(GUEST_DS, STACK_END, 0);
	faults(false);
	faults(true);
	irq_unblock(GUEST_IRQ_TIMER);
	gate_set(GUEST_IRQ_VECTOR_BASE, GATE_INTERRUPT, 0, (u32)frame_catch);
	interrupt(kernel_in, kernel_in_end, false, "behind a skipped IN");
	interrupt(kernel_call, kernel_call_end, false, "behind a hypercall");
	interrupt(kernel_read, kernel_read_end, false, "at a filled fault");
	interrupt(user_read_data, user_read_data_end, true, "at a filled fault");
	for (gate = GATE_INTERRUPT; gate <= GATE_TRAP; gate++) {
		step(kernel_in, kernel_in_end, false, gate, "of a skipped IN");
		step(kernel_read, kernel_read_end, false, gate,
		     "of an instruction with a filled fault");
		step(user_read_data, user_read_data_end, true, gate,
		     "of an instruction with a filled fault");
	}
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A virtual interrupt leaves the frame of a CPU's interrupt, from ring 1 and from ring
 * 3, with irq_enabled for IF. NT is clear in the handler; a 0xE gate clears irq_enabled, a 0xF gate
 * does not.
 *
 * Reason: It can come anywhere, and the interrupted code must not notice it.
 *
 * Method: A clock event while each ring spins at one address, with NT, AC, DF and OF set.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define TRIES 20
#define FLAGS (EFLAGS_ALWAYS | EFLAGS_NT | EFLAGS_AC | EFLAGS_DF | EFLAGS_OF | EFLAGS_IF)

CODE_AT(".text", kernel_spin, "jmp kernel_spin");
CODE_AT(".user.text", user_spin, "jmp user_spin");

static u32 stack[64];
#define STACK_END ((u32)(stack + ARRAY_SIZE(stack)))

static u32 enter_when_on(u32 start)
{
	const struct iret_frame *frame = (const void *)start;

	lguest_data.irq_enabled = GUEST_IF;
	if ((frame->ss & 3) == 3)
		enter_ring3(start);
	enter_ring1(start);
}

/* On a busy host the event may come before the loop: then it is set once more. */
static bool arrives_in_loop(const struct iret_frame *start, u32 words)
{
	u32 i;

	for (i = 0; i < TRIES; i++) {
		hcall_set_clockevent(5 * NS_PER_MS);
		if (!try_frame(enter_when_on, (u32)start, words))
			return false;
		irq_disable();
		if (caught_frame.words[0] == start->eip)
			return true;
	}
	return false;
}

static void interrupt(bool user, u32 gate)
{
	u32 words = user ? 5 : 3;
	struct iret_frame start = {user ? (u32)user_spin : (u32)kernel_spin, USER_CS, FLAGS,
				   user ? USER_STACK_TOP : STACK_END, user ? USER_DS : GUEST_DS};

	gate_set(GUEST_IRQ_VECTOR_BASE, gate, 0, (u32)frame_catch);
	ok(arrives_in_loop(&start, words), "ring %u, gate type %X: it arrives", user ? 3 : 1, gate);
	irq_disable();
	is_equal(caught_frame.words[0], start.eip, "eip");
	is_equal(caught_frame.words[1], user ? USER_CS : GUEST_CS, "cs");
	is_equal(caught_frame.words[2], FLAGS, "eflags");
	if (user) {
		is_equal(caught_frame.words[3], start.esp, "esp");
		is_equal(caught_frame.words[4], start.ss, "ss");
	}
	is_equal(caught_frame.esp, STACK_END - words * sizeof(u32), "the handler's esp");
	is_equal(caught_frame.eflags, FLAGS & ~EFLAGS_NT, "the handler's eflags");
	is_equal(caught_frame.irq_enabled, gate == GATE_TRAP ? GUEST_IF : 0, "irq_enabled");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	hcall_set_stack(GUEST_DS, STACK_END, 1);
	irq_unblock(GUEST_IRQ_TIMER);
	interrupt(false, GATE_INTERRUPT);
	interrupt(false, GATE_TRAP);
	interrupt(true, GATE_INTERRUPT);
	interrupt(true, GATE_TRAP);
	done();
}

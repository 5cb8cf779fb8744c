/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/inject.h"

#include "hv/guest.h"

#define FRAME_WORDS_MAX 6

static bool from_kernel(const struct trap_frame *regs)
{
	return privilege_level(regs) == GUEST_KERNEL_RPL;
}

/* Fills `frame` from its end downwards, as the CPU pushes. Returns the word pushed last. */
static u32 *make_frame(struct guest *g, u32 frame[FRAME_WORDS_MAX], bool has_error, u32 error)
{
	const struct trap_frame *regs = g->regs;
	u32 *word = frame + FRAME_WORDS_MAX;

	if (!from_kernel(regs)) {
		*--word = regs->ss & 0xFFFFu;
		*--word = regs->esp;
	}
	*--word = (regs->eflags & ~EFLAGS_IF) | interrupts_flag(g);
	*--word = regs->cs & 0xFFFFu;
	*--word = regs->eip;
	if (has_error)
		*--word = error;
	return word;
}

static HOT bool push_frame(struct guest *g, u32 vector, bool has_error, u32 error)
{
	struct trap_frame *regs = g->regs;
	u32 frame[FRAME_WORDS_MAX], *last = make_frame(g, frame, has_error, error);
	u32 size = (frame + FRAME_WORDS_MAX - last) * sizeof(u32);
	bool kernel = from_kernel(regs);
	u32 ss = kernel ? regs->ss & 0xFFFFu : g->traps.stack_ss;
	u32 esp = kernel ? regs->esp : g->traps.stack_esp;
	gva_t linear;

	if (!segments_push(g, &g->segments, ss, &esp, size, &linear) ||
	    !guest_virtual_write(g, linear, last, size)) {
		guest_kill(g, "stack %#x:%#x cannot take the frame of trap %u", ss, esp, vector);
		return false;
	}
	regs->ss = ss;
	regs->esp = esp;
	return true;
}

HOT enum inject_outcome inject(struct guest *g, u32 vector, bool has_error, u32 error)
{
	struct descriptor gate = g->traps.idt[vector];
	struct trap_frame *regs = g->regs;

	if (!(gate.high & DESCRIPTOR_PRESENT))
		return INJECT_NO_GATE;
	if (!push_frame(g, vector, has_error, error))
		return INJECT_KILLED;
	regs->eip = gate_offset(gate);
	regs->cs = (gate_selector(gate) & ~SELECTOR_RPL) | GUEST_KERNEL_RPL;
	regs->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM);
	if (descriptor_type(gate) == GATE_INTERRUPT)
		interrupts_disable(g);
	return INJECT_DONE;
}

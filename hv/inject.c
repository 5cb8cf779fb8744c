/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/inject.h"

#include "hv/guest.h"

#define FRAME_WORDS_MAX 6

static bool from_kernel(const struct trap_frame *regs)
{
	return privilege_level(regs) == GUEST_KERNEL_RPL;
}

typedef u32 word_t ALIGNED(1); /* a stack may be at any address */

/* Fills the frame that ends at `end` downwards, as the CPU pushes. */
static ALWAYS_INLINE void make_frame(struct guest *g, word_t *end, bool has_error, u32 error)
{
	const struct trap_frame *regs = g->regs;
	u32 eflags = (regs->eflags & ~EFLAGS_IF) | interrupts_flag(g);

	if (!from_kernel(regs)) {
		*--end = regs->ss & 0xFFFFu;
		*--end = regs->esp;
	}
	*--end = eflags;
	*--end = regs->cs & 0xFFFFu;
	*--end = regs->eip;
	if (has_error)
		*--end = error;
}

/* Most are in one page, and made there. False if the guest cannot write there. */
static ALWAYS_INLINE bool store_frame(struct guest *g, gva_t at, u32 size, bool has_error,
				      u32 error)
{
	word_t frame[FRAME_WORDS_MAX], *mapped;

	if ((gva_value(at) & FRAME_OFFSET_MASK) > FRAME_SIZE - size) {
		make_frame(g, frame + size / sizeof(u32), has_error, error);
		return guest_virtual_write(&g->space, at, frame, size);
	}
	mapped = (word_t *)guest_virtual_map(&g->space, at);
	if (!mapped)
		return false;
	make_frame(g, mapped + size / sizeof(u32), has_error, error);
	return true;
}

static HOT bool push_frame(struct guest *g, u32 vector, bool has_error, u32 error)
{
	struct trap_frame *regs = g->regs;
	bool kernel = from_kernel(regs);
	u32 size = ((kernel ? 3 : 5) + has_error) * sizeof(u32);
	u32 ss = kernel ? regs->ss & 0xFFFFu : g->traps.stack_ss;
	u32 esp = kernel ? regs->esp : g->traps.stack_esp;
	gva_t linear;

	if (!segments_push(g, &g->segments, ss, &esp, size, &linear) ||
	    !store_frame(g, linear, size, has_error, error)) {
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

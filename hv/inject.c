/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject() finds the guest's gate, push_frame() finds the stack (the current one from ring 1, that
 * of SET_STACK from ring 3), store_frame() writes the frame by the shadow, as if the guest's kernel
 * had pushed it. Then the guest's registers point to the handler, and the next VM entry continues
 * there. hv/fastpath/fast_path.c does the same in the guest's context for page faults in ring 3.
 */
#include "hv/inject.h"

#include "hv/guest.h"
#include "hv/interrupts.h"
#include "hv/segments.h"
#include "hv/shadow/shadow_calls.h"

#define FRAME_WORDS_MAX 6

static bool from_kernel(const struct trap_frame *regs)
{
	return privilege_level(regs) == GUEST_KERNEL_RPL;
}

typedef u32 word_t ALIGNED(1); /* a stack may be at any address */

/* Writes the frame downwards from `end`, as the CPU pushes it. */
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

/* Writes the frame at linear address `at`, directly if it is in one page. False if the guest cannot
 * write there. */
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
	u32 ss = kernel ? regs->ss & 0xFFFFu : g->space.fast->stack_ss;
	u32 esp = kernel ? regs->esp : g->space.fast->stack_esp;
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

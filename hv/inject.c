/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/inject.h"

#include "hv/guest.h"

#define FRAME_WORDS_MAX 6

/* The words in the order of their addresses: what is pushed last comes first. */
struct frame_words {
	u32 words[FRAME_WORDS_MAX];
	u32 count;
};

static void add_word(struct frame_words *frame, u32 word)
{
	frame->words[frame->count++] = word;
}

static struct frame_words make_frame(struct guest *g, bool has_error, u32 error)
{
	const struct trap_frame *regs = g->regs;
	struct frame_words frame = {.count = 0};

	if (has_error)
		add_word(&frame, error);
	add_word(&frame, regs->eip);
	add_word(&frame, regs->cs & 0xFFFFu);
	add_word(&frame, (regs->eflags & ~EFLAGS_IF) | interrupts_flag(g));
	if (privilege_level(regs) != GUEST_KERNEL_RPL) {
		add_word(&frame, regs->esp);
		add_word(&frame, regs->ss & 0xFFFFu);
	}
	return frame;
}

static bool push_frame(struct guest *g, const struct frame_words *frame, u32 vector)
{
	struct trap_frame *regs = g->regs;
	bool same_ring = privilege_level(regs) == GUEST_KERNEL_RPL;
	u32 ss = same_ring ? regs->ss & 0xFFFFu : g->traps.stack_ss;
	u32 size = frame->count * sizeof(u32);
	u32 esp = (same_ring ? regs->esp : g->traps.stack_esp) - size;
	gva_t linear;

	if (!segments_linear(g, ss, esp, size, &linear) ||
	    !guest_virtual_write(g, linear, frame->words, size)) {
		guest_kill(g, "stack %#x:%#x cannot take the frame of trap %u", ss, esp, vector);
		return false;
	}
	regs->ss = ss;
	regs->esp = esp;
	return true;
}

enum inject_outcome inject(struct guest *g, u32 vector, bool has_error, u32 error)
{
	struct descriptor gate = g->traps.idt[vector];
	struct frame_words frame;

	if (!(gate.high & DESCRIPTOR_PRESENT))
		return INJECT_NO_GATE;
	frame = make_frame(g, has_error, error);
	if (!push_frame(g, &frame, vector))
		return INJECT_KILLED;
	g->regs->eip = gate_offset(gate);
	g->regs->cs = (gate_selector(gate) & ~SELECTOR_RPL) | GUEST_KERNEL_RPL;
	g->regs->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM);
	if (descriptor_type(gate) == GATE_INTERRUPT)
		interrupts_disable(g);
	return INJECT_DONE;
}

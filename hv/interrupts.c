/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/interrupts.h"

#include "hv/guest.h"

static u32 read_field(struct guest *g, u32 offset)
{
	u32 value = 0;

	if (g->initialised)
		guest_read_u32(&g->memory, guest_data(g, offset), &value);
	return value;
}

static void write_field(struct guest *g, u32 offset, u32 value)
{
	if (g->initialised)
		guest_write_u32(&g->memory, guest_data(g, offset), value);
}

u32 interrupts_flag(struct guest *g)
{
	return read_field(g, LGUEST_DATA_IRQ_ENABLED) & GUEST_IF;
}

void interrupts_disable(struct guest *g)
{
	write_field(g, LGUEST_DATA_IRQ_ENABLED, 0);
}

void interrupts_raise(struct guest *g, u32 irq)
{
	g->interrupts.pending |= 1u << irq;
}

static u32 unblocked(struct guest *g)
{
	return g->interrupts.pending & ~read_field(g, LGUEST_DATA_BLOCKED_INTERRUPTS);
}

bool interrupts_can_wake(struct guest *g)
{
	u32 blocked = read_field(g, LGUEST_DATA_BLOCKED_INTERRUPTS);
	u32 to_come = clock_is_set(g) ? 1u << GUEST_IRQ_TIMER : 0;

	return (g->interrupts.pending | to_come) & ~blocked;
}

/* Tells the guest that an interrupt waits for irq_enabled, or no longer does. */
static void set_irq_pending(struct guest *g, bool pending)
{
	if (pending != g->interrupts.flagged)
		write_field(g, LGUEST_DATA_IRQ_PENDING, pending ? GUEST_IF : 0);
	g->interrupts.flagged = pending;
}

static bool in_noirq_range(const struct guest *g)
{
	const struct guest_interrupts *i = &g->interrupts;

	return g->regs->eip >= i->noirq_start && g->regs->eip < i->noirq_end;
}

static void deliver(struct guest *g, u32 ready)
{
	u32 irq = __builtin_ctz(ready);

	g->interrupts.pending &= ~(1u << irq);
	clock_write_time(g);
	if (inject(g, GUEST_IRQ_VECTOR_BASE + irq, false, 0) == INJECT_DONE)
		g->counts.interrupts++;
	ready &= ~(1u << irq);
	set_irq_pending(g, ready && !interrupts_flag(g));
}

void interrupts_deliver(struct guest *g)
{
	struct guest_interrupts *i = &g->interrupts;
	u32 ready = i->pending ? unblocked(g) : 0;

	if (!ready) {
		set_irq_pending(g, false);
		return;
	}
	if (g->halted) {
		g->halted = false;
		write_field(g, LGUEST_DATA_IRQ_ENABLED, GUEST_IF);
	}
	if (!interrupts_flag(g))
		set_irq_pending(g, true);
	else if (!in_noirq_range(g))
		deliver(g, ready);
	if (i->pending)
		clock_retry_soon(g);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of a virtual interrupt:
 *
 *	interrupts_raise     a device or the clock sets a bit in `pending`
 *	interrupts_wake      the scheduler wakes a halted guest with an unblocked pending IRQ
 *	interrupts_deliver   before a VM entry with one pending: injects it, or sets irq_pending
 *
 * A guest may unblock or enable interrupts by a plain store, which is no VM exit. So while one is
 * pending, a timer interrupt each millisecond (clock_retry_soon) makes an exit at which delivery is
 * tried again.
 */
#include "hv/interrupts.h"

#include "hv/base/wake.h"
#include "hv/clock.h"
#include "hv/guest.h"
#include "hv/inject.h"
#include "hv/stack_load.h"
#include "hv/trace.h"

HOT u32 interrupts_flag(const struct guest *g)
{
	return g->shared ? g->shared->irq_enabled & GUEST_IF : 0;
}

HOT void interrupts_disable(struct guest *g)
{
	if (g->shared)
		g->shared->irq_enabled = 0;
}

void interrupts_raise(struct guest *g, u32 irq)
{
	g->interrupts.pending |= 1u << irq;
	if (g->halted)
		schedule_soon();
}

/* The guest has called LGUEST_INIT: before, it cannot ask for an interrupt, so none is pending. */
static u32 unblocked(const struct guest *g)
{
	return g->interrupts.pending & ~g->shared->blocked_interrupts;
}

bool interrupts_can_wake(const struct guest *g)
{
	u32 to_come = g->device_state.irqs | (clock_is_set(g) ? 1u << GUEST_IRQ_TIMER : 0);

	return (g->interrupts.pending | to_come) & ~g->shared->blocked_interrupts;
}

/* Tells the guest whether an interrupt is pending until it sets irq_enabled. */
static void set_irq_pending(struct guest *g, bool pending)
{
	if (pending != g->interrupts.flagged)
		g->shared->irq_pending = pending ? GUEST_IF : 0;
	g->interrupts.flagged = pending;
}

static bool in_noirq_range(const struct guest *g)
{
	const struct guest_interrupts *i = &g->interrupts;

	return g->regs->eip >= i->noirq_start && g->regs->eip < i->noirq_end;
}

/*
 * True if the instruction at eip is restarted after a VM exit that the guest cannot notice, and
 * follows a MOV SS or POP SS, which inhibits interrupts for one instruction (SDM vol. 3, 6.8.3).
 * The CPU has lost that inhibition. A wrong "true" does no harm: delivery is tried again at the
 * next exit.
 */
static bool is_held_back(struct guest *g)
{
	return g->regs->eip == g->interrupts.restarted_at && stack_was_loaded(g);
}

static void deliver(struct guest *g, u32 ready)
{
	u32 irq = __builtin_ctz(ready);

	g->interrupts.pending &= ~(1u << irq);
	clock_write_time(g);
	g->regs->eflags &= ~EFLAGS_RF; /* set by a page fault that was filled */
	if (g->traced)
		trace_inject(g, irq);
	if (inject(g, GUEST_IRQ_VECTOR_BASE + irq, false, 0) == INJECT_DONE)
		g->counts.interrupts++;
	ready &= ~(1u << irq);
	set_irq_pending(g, ready && !interrupts_flag(g));
}

void interrupts_wake(struct guest *g)
{
	if (unblocked(g)) {
		g->halted = false;
		g->shared->irq_enabled = GUEST_IF;
	} else if (!interrupts_can_wake(g)) {
		guest_kill(g, "halted, and no interrupt can ever wake it");
	}
}

void interrupts_deliver(struct guest *g)
{
	struct guest_interrupts *i = &g->interrupts;
	u32 ready = i->pending ? unblocked(g) : 0;

	if (!ready)
		set_irq_pending(g, false);
	else if (!interrupts_flag(g))
		set_irq_pending(g, true);
	else if (!in_noirq_range(g) && !is_held_back(g))
		deliver(g, ready);
	/* The guest may unblock or enable it without a VM exit. */
	if (i->pending)
		clock_retry_soon(g);
}

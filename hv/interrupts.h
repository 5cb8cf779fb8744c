/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual interrupts (abi.md section 4). The guest says in shared memory whether it takes them
 * (irq_enabled, blocked_interrupts), so switching them off and on costs it no exit; we say there
 * whether one waits (irq_pending).
 */
#ifndef HV_INTERRUPTS_H
#define HV_INTERRUPTS_H

#include "lib/types.h"

struct guest;

struct guest_interrupts {
	u32 pending;                /* bit n: IRQ n waits */
	u32 noirq_start, noirq_end; /* nothing is delivered while eip is in [start, end) */
	bool flagged;               /* irq_pending is set */
	u32 restarted_at; /* eip of the last instruction that the guest has to begin again */
};

void interrupts_raise(struct guest *g, u32 irq);

/* Wakes a halted guest if an interrupt waits for it; kills it if none ever can. */
void interrupts_wake(struct guest *g);

/* Delivers the lowest pending IRQ if the guest, which is scheduled and not halted, takes it now; keeps
 * irq_pending true to what waits. */
void interrupts_deliver(struct guest *g);

/* True if interrupts_deliver has anything to do. */
static inline bool interrupts_need_care(const struct guest_interrupts *i)
{
	return i->pending || i->flagged;
}

/* irq_enabled as EFLAGS.IF; and cleared, as an interrupt gate does. */
u32 interrupts_flag(const struct guest *g);
void interrupts_disable(struct guest *g);

/* True if anything can ever wake the guest from HALT, as things stand. */
bool interrupts_can_wake(const struct guest *g);

#endif

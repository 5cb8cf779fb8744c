/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual interrupts (abi.md section 4). The guest enables and blocks them in lguest_data
 * (irq_enabled, blocked_interrupts), which needs no VM exit; the hypervisor sets irq_pending there
 * while one is pending.
 */
#ifndef HV_INTERRUPTS_H
#define HV_INTERRUPTS_H

#include "hv/guest.h"

/* Makes `irq` (0 to 31) pending. */
void interrupts_raise(struct guest *g, u32 irq);

/* Wakes a halted guest if an unblocked interrupt is pending; kills it if none can ever come. */
void interrupts_wake(struct guest *g);

/* Delivers the lowest pending IRQ if the guest accepts it now, and updates irq_pending. The guest
 * is scheduled and not halted. */
void interrupts_deliver(struct guest *g);

/* True if interrupts_deliver has work to do. */
static inline bool interrupts_need_care(const struct guest_interrupts *i)
{
	return i->pending || i->flagged;
}

/* irq_enabled, as EFLAGS.IF: 0 or GUEST_IF. */
u32 interrupts_flag(const struct guest *g);

/* Clears irq_enabled, as an interrupt gate clears IF. */
void interrupts_disable(struct guest *g);

/* True if some interrupt, pending or to come, can wake the guest from HALT. */
bool interrupts_can_wake(const struct guest *g);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual interrupts. CLI and STI have no effect on them. An interrupt is delivered if irq_enabled
 * in lguest_data is set, its IRQ is unblocked, and eip is not in NOIRQ code.
 */
#ifndef GUEST_INTERRUPT_H
#define GUEST_INTERRUPT_H

#include "guest/include/hypercall.h"
#include "guest/include/trap.h"

/* Code in which no interrupt is ever delivered: [noirq_start, noirq_end). The kit's own return from
 * a trap is such code. */
#define NOIRQ __attribute__((section(".noirq"), noinline))
extern char noirq_start[], noirq_end[];

static inline void compiler_barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

static inline bool irq_are_enabled(void)
{
	return lguest_data.irq_enabled & GUEST_IF;
}

static inline void irq_disable(void)
{
	lguest_data.irq_enabled = 0;
	compiler_barrier();
}

/* Pending interrupts are delivered before this returns. */
static inline void irq_enable(void)
{
	compiler_barrier();
	lguest_data.irq_enabled = GUEST_IF;
	if (lguest_data.irq_pending)
		hcall_send_interrupts();
}

/* Disables interrupts. Returns whether they were enabled, for irq_restore. */
static inline bool irq_save(void)
{
	bool enabled = irq_are_enabled();

	irq_disable();
	return enabled;
}

static inline void irq_restore(bool enabled)
{
	if (enabled)
		irq_enable();
}

static inline void irq_block(u32 irq)
{
	lguest_data.blocked_interrupts |= 1u << irq;
}

/* Delivers pending interrupts, if interrupts are enabled. */
static inline void irq_unblock(u32 irq)
{
	lguest_data.blocked_interrupts &= ~(1u << irq);
	hcall_send_interrupts();
}

/* Sets the handler of virtual IRQ n and unblocks it. */
void irq_handle(u32 irq, trap_handler *handler);

/* Sleeps until an unblocked interrupt has been handled. Interrupts are enabled afterwards. */
static inline void cpu_halt(void)
{
	hcall_halt();
}

#endif

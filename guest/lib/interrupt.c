// SPDX-License-Identifier: GPL-2.0-or-later
/* Handlers of virtual interrupts. */
#include "guest/include/interrupt.h"
#include "lib/panic.h"

void irq_handle(u32 irq, trap_handler *handler)
{
	ASSERT(irq < GUEST_IRQ_COUNT);
	trap_handlers[GUEST_IRQ_VECTOR_BASE + irq] = handler;
	irq_unblock(irq);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The structure shared with the hypervisor, and the ring in it. */
#include "guest/include/hypercall.h"
#include "guest/include/interrupt.h"
#include "lib/panic.h"

#define DEFAULT_KERNEL_ADDRESS 0xC0000000u

volatile struct lguest_data lguest_data = {
    .blocked_interrupts = ~0u,
    .hcall_status = {[0 ... HCALL_RING_SIZE - 1] = HCALL_SLOT_DONE},
    .noirq_start = (u32)noirq_start,
    .noirq_end = (u32)noirq_end,
    .kernel_address = DEFAULT_KERNEL_ADDRESS,
    .syscall_vec = SYSCALL_VECTOR,
};

/* The slot for the next hypercall; the hypervisor's cursor is at it or behind it. */
static u32 next_slot;

static void fill_slot(u32 slot, const struct hypercall_slot *call)
{
	volatile struct hypercall_slot *to = &lguest_data.hcalls[slot];

	to->eax = call->eax;
	to->ebx = call->ebx;
	to->ecx = call->ecx;
	to->edx = call->edx;
	to->esi = call->esi;
	/* Last: from here on the hypervisor may run it. */
	lguest_data.hcall_status[slot] = HCALL_SLOT_TODO;
}

void hypercall_async(u32 number, u32 ebx, u32 ecx, u32 edx, u32 esi)
{
	struct hypercall_slot call = {number, ebx, ecx, edx, esi};
	bool enabled = irq_save(); /* a handler may use the same slot */

	if (lguest_data.hcall_status[next_slot] != HCALL_SLOT_DONE)
		hcall_flush_async();
	ASSERT(lguest_data.hcall_status[next_slot] == HCALL_SLOT_DONE);
	fill_slot(next_slot, &call);
	next_slot = (next_slot + 1) % HCALL_RING_SIZE;
	irq_restore(enabled);
}

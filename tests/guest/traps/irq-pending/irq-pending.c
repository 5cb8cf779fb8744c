/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: irq_pending becomes 0x200, without an exit by the guest, when an unblocked interrupt
 * waits for irq_enabled. It is 0 again after the delivery.
 *
 * Reason: It tells a guest that enables interrupts whether it has to ask for the delivery. If it
 * were never cleared, the guest would ask each time.
 *
 * Method: A clock event with interrupts off, while the guest only reads the field.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define OFTEN_ENOUGH_MS 500

static volatile u32 calls, pending_in_handler;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	calls++;
	pending_in_handler = lguest_data.irq_pending;
}

static void wait_until_pending(void)
{
	u32 waited;

	hcall_set_clockevent(NS_PER_MS);
	for (waited = 0; !lguest_data.irq_pending && waited < OFTEN_ENOUGH_MS; waited++)
		clock_spin_ms(1);
}

const char *guest_main(void)
{
	clock_spin_ms(1); /* measures, while the kit still owns the clock */
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	is_equal(lguest_data.irq_pending, 0, "at first nothing is pending");
	wait_until_pending();
	is_equal(lguest_data.irq_pending, GUEST_IF,
		 "with interrupts off irq_pending becomes 0x200");
	is_equal(calls, 0, "with interrupts off the interrupt is not delivered");
	hcall_send_interrupts();
	is_equal(calls, 0, "with interrupts off SEND_INTERRUPTS delivers nothing");
	is_equal(lguest_data.irq_pending, GUEST_IF, "irq_pending stays 0x200");
	lguest_data.irq_enabled = GUEST_IF;
	hcall_send_interrupts();
	is_equal(calls, 1, "with interrupts on SEND_INTERRUPTS delivers it");
	is_equal(pending_in_handler, 0, "irq_pending is 0 in the handler");
	is_equal(lguest_data.irq_pending, 0, "irq_pending is 0 behind the handler");
	irq_disable();
	clock_spin_ms(5);
	hcall_flush_async();
	is_equal(lguest_data.irq_pending, 0, "irq_pending stays 0");
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A blocked interrupt is not delivered and does not set irq_pending; it stays pending.
 * When it is unblocked, SEND_INTERRUPTS delivers it at once, and a host tick does soon.
 *
 * Reason: Kernels mask single interrupts while they serve them, and must not lose one.
 *
 * Method: A clock event with IRQ 0 blocked, and with all other interrupts blocked instead.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define OFTEN_ENOUGH_MS 500

static volatile u32 calls;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	calls++;
}

static void event_while_blocked(void)
{
	calls = 0;
	irq_block(GUEST_IRQ_TIMER);
	hcall_set_clockevent(NS_PER_MS);
	irq_enable();
	clock_spin_ms(20);
	hcall_flush_async();
}

const char *guest_main(void)
{
	u32 waited;

	clock_spin_ms(1); /* measures, while the kit still owns the clock */
	irq_handle(GUEST_IRQ_TIMER, on_clock);

	event_while_blocked();
	is_equal(calls, 0, "a blocked interrupt does not come");
	is_equal(lguest_data.irq_pending, 0, "a blocked interrupt does not set irq_pending");
	lguest_data.blocked_interrupts = ~1u;
	hcall_send_interrupts();
	is_equal(calls, 1, "unblocked, SEND_INTERRUPTS delivers it");

	event_while_blocked();
	lguest_data.blocked_interrupts = 0;
	for (waited = 0; !calls && waited < OFTEN_ENOUGH_MS; waited++)
		clock_spin_ms(1);
	is_equal(calls, 1, "an unblocked interrupt comes without being asked for");

	irq_disable();
	hcall_set_clockevent(NS_PER_MS);
	for (waited = 0; !lguest_data.irq_pending && waited < OFTEN_ENOUGH_MS; waited++)
		clock_spin_ms(1);
	is_equal(lguest_data.irq_pending, GUEST_IF,
		 "an unblocked interrupt sets irq_pending while interrupts are off");
	irq_block(GUEST_IRQ_TIMER);
	hcall_flush_async();
	is_equal(lguest_data.irq_pending, 0,
		 "irq_pending is 0 when a pending interrupt is then blocked");
	done();
}

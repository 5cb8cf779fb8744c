/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An interrupt that came while it was blocked is delivered soon after it is unblocked,
 * although the guest makes no exit.
 *
 * Reason: Linux unblocks by one store to lguest_data, and does no more.
 *
 * Method: A clock event with IRQ 0 blocked, then the store, then spinning: eight times, because a
 * timer interrupt of the host for another reason (this guest's time limit) may come by chance. Time
 * is counted in instructions, so that a busy host does not look like a late interrupt.
 *
 * Boot: -icount shift=0,sleep=off
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ROUNDS 8
#define SOON_MS 10

static volatile u32 calls;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	calls++;
}

static bool comes_soon(void)
{
	u32 waited;

	calls = 0;
	irq_block(GUEST_IRQ_TIMER);
	hcall_set_clockevent(NS_PER_MS);
	clock_spin_ms(5);
	hcall_flush_async();
	lguest_data.blocked_interrupts = 0;
	for (waited = 0; !calls && waited < SOON_MS; waited++)
		clock_spin_ms(1);
	return calls;
}

const char *guest_main(void)
{
	u32 round, soon = 0;

	clock_spin_ms(1); /* measures, while the kit still owns the clock */
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	irq_enable();
	for (round = 0; round < ROUNDS; round++)
		soon += comes_soon();
	is_equal(soon, ROUNDS, "unblocked, it comes within %u ms, each time", SOON_MS);
	done();
}

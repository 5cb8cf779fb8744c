/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A clone has its parent's clock: a clock event that is set, or whose interrupt is pending,
 * reaches each of them once, and not early. The wall clock goes on.
 *
 * Reason: A guest that sleeps while it is cloned has to wake in each clone.
 *
 * Method: Three parties (parties.h) count the interrupts of events from before CLONE.
 *
 * Module: mem=4M clones=12
 * Expect: shut down "tap: "
 * Expect-clones: 4 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define EVENT_MS 20u
#define LONG_MS 200u /* one of the debug build's audits takes most of a millisecond */

static volatile u32 ticks;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	ticks++;
}

/* Waits without a clock event of its own. */
static void wait_until(struct wall_time begin, u32 milliseconds)
{
	while (!ticks && wall_ms_between(begin, wall_clock()) < milliseconds) {
		irq_enable();
		hcall_halt();
	}
}

static void test_event(void)
{
	struct wall_time begin;
	u32 party;

	clock_sleep_ms(1);
	begin = wall_clock();
	ticks = 0;
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	irq_disable();
	hcall_set_clockevent(EVENT_MS * NS_PER_MS);
	party = split();
	wait_until(begin, LONG_MS);
	irq_disable();
	is_equal(ticks, 1, "a clock event from before CLONE comes once");
	ok(wall_ms_between(begin, wall_clock()) >= EVENT_MS,
	   "a clock event from before CLONE is not early");
	clock_sleep_ms(EVENT_MS);
	is_equal(ticks, 1, "a clock event from before CLONE does not come twice");
	ok(wall_ms_between(begin, wall_clock()) >= 2 * EVENT_MS, "the wall clock goes on");
	if (party)
		done();
}

static void test_pending(void)
{
	u32 party;

	ticks = 0;
	irq_disable();
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(1);
	while (!lguest_data.irq_pending)
		hcall_flush_async();
	is_equal(ticks, 0, "an interrupt waits while interrupts are disabled");
	party = split();
	is_equal(lguest_data.irq_pending, GUEST_IF,
		 "an interrupt that waited before CLONE waits behind it");
	irq_enable();
	is_equal(ticks, 1, "an interrupt that waited before CLONE comes once");
	is_equal(lguest_data.irq_pending, 0, "then no interrupt waits");
	clock_sleep_ms(TURN_MS);
	is_equal(ticks, 1, "an interrupt that waited before CLONE does not come twice");
	if (party)
		done();
}

const char *guest_main(void)
{
	paging_start();
	irq_enable();
	test_event();
	test_pending();
	done();
}

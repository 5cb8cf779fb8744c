/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: HALT sleeps to the next unblocked interrupt, even with irq_enabled 0, and returns with
 * irq_enabled = 0x200. A pending interrupt ends it at once.
 *
 * Reason: A kernel looks for work with interrupts off, and then sleeps: an interrupt in between
 * must wake it.
 *
 * Method: Sleeps with irq_enabled 0 and 0x200. The handler's frame is recorded, and the wall clock
 * gives the length.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define SLEEP_MS 100 /* long enough for HALT to come first */

static u32 calls, frame_flags, enabled_in_handler;

static void on_clock(struct trap_frame *frame)
{
	calls++;
	frame_flags = frame->eflags;
	enabled_in_handler = lguest_data.irq_enabled;
}

static void sleep_with(u32 irq_enabled)
{
	struct wall_time before;

	calls = 0;
	clock_sleep_ms(1);
	before = wall_clock();
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	calls = 0;
	hcall_set_clockevent(SLEEP_MS * NS_PER_MS);
	lguest_data.irq_enabled = irq_enabled;
	hcall_halt();
	is_equal(calls, 1, "HALT with irq_enabled %#x: the interrupt has been handled",
		 irq_enabled);
	ok(wall_ms_between(before, wall_clock()) >= SLEEP_MS - 1, "HALT does not end too early");
	is_equal(lguest_data.irq_enabled, GUEST_IF, "irq_enabled is 0x200 afterwards");
	is_equal(frame_flags & EFLAGS_IF, EFLAGS_IF, "IF is set in the handler's frame");
	is_equal(enabled_in_handler, 0, "the interrupt gate has cleared it in the handler");
	irq_disable();
}

const char *guest_main(void)
{
	clock_spin_ms(1); /* measures, while the kit still owns the clock */
	sleep_with(0);
	sleep_with(GUEST_IF);

	calls = 0;
	hcall_set_clockevent(NS_PER_MS);
	clock_spin_ms(20);
	hcall_flush_async();
	is_equal(calls, 0, "with interrupts off an interrupt is pending");
	hcall_halt();
	is_equal(calls, 1, "HALT with a pending interrupt returns at once");
	is_equal(lguest_data.irq_pending, 0, "nothing is pending after HALT");
	irq_disable();
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The shortest and the longest clock event work: 1 ns, over and over, leaves the guest
 * running, and 2^32 - 1 ns does not come early. Where the noirq range covers all addresses, no
 * interrupt is ever delivered, HALT still wakes, and nothing else changes.
 *
 * Reason: A timer that is always due must not keep the machine in the hypervisor.
 *
 * Method: A flood of events, counted; two rounds with other ranges in lguest_data, one guest each.
 *
 * Case: events shut down "tap: 3 passed"
 * Case: no-interrupts shut down "tap: 3 passed"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

#define FLOOD 200
#define HIGHEST 0xFFFFFFFFu

static volatile u32 interrupts;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	if (interrupts < FLOOD)
		hcall_set_clockevent(1);
}

/* Long enough for a pending event. */
static void spin(void)
{
	volatile u32 left;

	for (left = 30000000; left; left--)
		;
}

static void test_events(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	irq_enable();
	hcall_set_clockevent(1);
	while (interrupts < FLOOD)
		;
	ok(true, "each event of 1 ns comes");
	interrupts = 0;
	hcall_set_clockevent(HIGHEST);
	spin();
	is_equal(interrupts, 0, "an event of 2^32 - 1 ns does not come yet");
	hcall_set_clockevent(0);
	irq_disable();
	ok(true, "an event of 2^32 - 1 ns can be cancelled");
}

static void test_no_interrupts(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	irq_enable();
	hcall_set_clockevent(1);
	spin();
	is_equal(interrupts, 0, "an interrupt is due and is not delivered");
	hcall_halt();
	is_equal(interrupts, 0, "HALT wakes, and it is not delivered");
	is_equal(lguest_data.irq_enabled, GUEST_IF, "though irq_enabled is set");
}

const char *guest_main(void)
{
	char name[32] = "";

	boot_option_value("case", name, sizeof(name));
	if (name[0] == 'n') {
		lguest_data.noirq_start = 0;
		lguest_data.noirq_end = HIGHEST;
	}
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	if (name[0] == 'n')
		test_no_interrupts();
	else
		test_events();
	done();
}

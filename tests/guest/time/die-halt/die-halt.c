/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: HALT kills the guest where nothing can wake it: no clock event is set, or it is
 * blocked.
 *
 * Reason: It would sleep until its end.
 *
 * Method: A clock event with IRQ 0 blocked.
 *
 * Expect: killed "halted"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	clock_sleep_ms(1);
	ok(true, "HALT wakes up at a clock event that is not blocked");
	hcall_set_clockevent(NS_PER_MS);
	irq_block(GUEST_IRQ_TIMER);
	hcall_halt();
	return "survived";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: CLONE makes as many clones as the guest asks for, up to the number of its module's word
 * clones= that are alive at a time, and says how many it made. CLONE of 0 makes none.
 *
 * Reason: A guest must know who is there.
 *
 * Method: CLONE of 0, of all at once, and of more than there may be. A clone may end while the next
 * is made.
 *
 * Module: mem=2M clones=10
 * Expect: shut down "tap: 5 passed"
 * Expect-clones: 20 shut down "a clone"
 */
#include "guest/include/kit.h"

#define LIMIT 10u
#define LONG_MS 1000u

const char *guest_main(void)
{
	u32 made = ~0u, number;

	ok(can_clone(), "the hypervisor knows CLONE");
	is_equal(hcall_clone(0, &made), 0, "CLONE of 0 returns in the parent");
	is_equal(made, 0, "CLONE of 0 makes none");
	number = hcall_clone(LIMIT, &made);
	if (number)
		return "a clone";
	is_equal(made, LIMIT, "CLONE makes as many clones as it may");
	clock_sleep_ms(LONG_MS);
	number = hcall_clone(~0u, &made);
	if (number) {
		clock_sleep_ms(LONG_MS);
		return "a clone";
	}
	is_equal(made, LIMIT, "CLONE of too many makes as many as it may");
	done();
}

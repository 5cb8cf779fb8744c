/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Without the word clones= CLONE makes no clone, and says so.
 *
 * Reason: The memory of the machine is the user's to give.
 *
 * Method: CLONE of 1, and of the highest number.
 *
 * Module: mem=2M
 * Expect: shut down "tap: 4 passed"
 */
#include "guest/include/kit.h"

static void test_clone(u32 count)
{
	u32 made = ~0u;

	is_equal(hcall_clone(count, &made), 0, "CLONE of %#x returns in the parent", count);
	is_equal(made, 0, "CLONE of %#x makes none", count);
}

const char *guest_main(void)
{
	test_clone(1);
	test_clone(~0u);
	done();
}

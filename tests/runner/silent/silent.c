/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The runner fails a guest that shuts down without a plan.
 *
 * Reason: Without a plan, missing results would not be noticed.
 *
 * Method: The guest prints nothing and ends as declared.
 *
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	return "tap: 1 passed";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The runner stops a guest that never ends.
 *
 * Reason: The guest has no time limit, so only the runner can stop the machine.
 *
 * Method: One result, then an endless loop.
 *
 * Module: timeout=0
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	ok(true, "alive");
	for (;;)
		compiler_barrier();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a test of the test runner: a guest that prints one check and then never ends. It has
 * no timeout, so the runner itself has to stop the machine.
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

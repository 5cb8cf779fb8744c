/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a test of the test runner, and of panics: a guest that makes the hypervisor panic, with the
 * hypercall that only a debug build has.
 *
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"

#define HCALL_DEBUG_PANIC 0x554D4252 /* "UMBR" */

const char *guest_main(void)
{
	ok(true, "about to panic");
	hypercall(HCALL_DEBUG_PANIC, 0, 0, 0, 0);
	done();
}

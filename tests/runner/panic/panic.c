/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The runner reports a panic of the hypervisor.
 *
 * Reason: A test that breaks the hypervisor must not pass.
 *
 * Method: The debug build's hypercall breaks the hypervisor. The command line says how: "null",
 * "overflow", "text", "data" or "alias"; any other word is a plain panic.
 *
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"
#include "lib/string.h"

#define HCALL_TEST 0x554D4252 /* "UMBR" */

static const char *const ways[] = {"panic", "null", "overflow", "text", "data", "alias"};

const char *guest_main(void)
{
	u32 way;

	for (way = ARRAY_SIZE(ways) - 1; way > 0; way--)
		if (!strcmp(boot_command_line(), ways[way]))
			break;
	ok(true, "about to break the hypervisor: %s", ways[way]);
	hypercall(HCALL_TEST, way, 0, 0, 0);
	done();
}

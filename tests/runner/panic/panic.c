/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The runner reports a panic of the hypervisor.
 *
 * Reason: A test that breaks the hypervisor must not pass.
 *
 * Method: The debug build's hypercall breaks the hypervisor. The command line says how: "null",
 * "overflow", "text", "data" or "alias"; any other word is a plain panic, "late" one after a sleep.
 * "nmi" breaks nothing: it sends NMIs to CPU 1.
 *
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"
#include "lib/string.h"

#define HCALL_TEST 0x554D4252 /* "UMBR" */

static const char *const ways[] = {"panic", "null", "overflow", "text", "data", "alias"};

#define TEST_NMI 7
#define ROUNDS 100u /* in about a second */
#define ROUND 200u
#define PAUSE_MS 10u
#define SLEEP_MS 100u

static void send_nmis(void)
{
	for (u32 round = 0; round < ROUNDS; round++) {
		for (u32 i = 0; i < ROUND; i++)
			hypercall(HCALL_TEST, TEST_NMI, 1, 0, 0);
		clock_sleep_ms(PAUSE_MS);
	}
	ok(true, "%u NMIs are sent", ROUNDS * ROUND);
	done();
}

const char *guest_main(void)
{
	u32 way;

	if (!strcmp(boot_command_line(), "nmi"))
		send_nmis();
	if (!strcmp(boot_command_line(), "late"))
		clock_sleep_ms(SLEEP_MS);
	for (way = ARRAY_SIZE(ways) - 1; way > 0; way--)
		if (!strcmp(boot_command_line(), ways[way]))
			break;
	ok(true, "about to break the hypervisor: %s", ways[way]);
	hypercall(HCALL_TEST, way, 0, 0, 0);
	done();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: says how long after power-on its first line of C runs.
 *
 * Reason: on the bare machine that is the firmware's and the boot loader's time, as a guest the
 * hypervisor's too: the difference is how long the hypervisor takes to start a guest.
 *
 * Method: the time-stamp counter begins with 0. The test counts instructions (`-icount`), so the
 * counter does not depend on the host.
 *
 * Module: mem=4M
 * Expect: shut down "start-time: "
 * Runner: tests/system/start.t
 */
#include "guest/include/kit.h"

#define TICKS_SHIFT 10 /* a number of 32 bits is enough then */

const char *guest_main(void)
{
	u32 now = (u32)(rdtsc() >> TICKS_SHIFT);

	printf("start-time: %u times %u ticks\n", now, 1u << TICKS_SHIFT);
	return "start-time: said";
}

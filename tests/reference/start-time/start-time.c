/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The hypervisor adds little to the time from power-on to the first line of C of an
 * image.
 *
 * Reason: On the bare machine that is the time of the firmware and the boot loader, as a guest the
 * hypervisor's too. The difference is the time that the hypervisor takes to start a guest.
 *
 * Method: The image prints the time-stamp counter, which begins with 0. The test counts
 * instructions (`-icount`), so the counter does not depend on the host.
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The wall clock in lguest_data is valid after LGUEST_INIT and is written with each
 * virtual interrupt, not in between. It runs at the speed of the TSC and never goes back.
 *
 * Reason: A guest has no other source of the time of day.
 *
 * Method: It is read at the start, after sleeps, and after a spin without an interrupt. The year
 * must be 2024 or later.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define YEAR_2024 1704067200u /* seconds from 1970 */
#define NS_PER_SECOND 1000000000u
#define SLEEP_MS 100
#define SLEEPS 5
#define LATE_MS 2 /* by the machine's clock, which counts instructions in the tests */

static bool same_time(struct wall_time a, struct wall_time b)
{
	return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
}

/* The difference between wall clock and TSC after a sleep, in ms. */
static void compare_with_tsc(void)
{
	struct wall_time before;
	u64 tsc;
	u32 wall_ms, tsc_ms;

	clock_sleep_ms(1);
	before = wall_clock();
	tsc = rdtsc();
	clock_sleep_ms(5 * SLEEP_MS);
	tsc_ms = (u32)(rdtsc() - tsc) / lguest_data.tsc_khz;
	wall_ms = wall_ms_between(before, wall_clock());
	if (!ok(tsc_ms + LATE_MS >= wall_ms && wall_ms + LATE_MS >= tsc_ms,
		"the wall clock goes as fast as the TSC"))
		note("%u ms, by the TSC %u ms", wall_ms, tsc_ms);
}

const char *guest_main(void)
{
	struct wall_time first = wall_clock(), before, now;
	u32 i, bad = 0;

	ok(first.seconds >= YEAR_2024, "LGUEST_INIT gives the time of day");
	ok(first.nanoseconds < NS_PER_SECOND, "nanoseconds are less than a second");
	clock_sleep_ms(1);
	before = wall_clock();
	for (i = 0; i < SLEEPS; i++, before = now) {
		clock_sleep_ms(SLEEP_MS);
		now = wall_clock();
		bad += wall_ms_between(before, now) - SLEEP_MS > LATE_MS; /* also if back */
		bad += now.nanoseconds >= NS_PER_SECOND;
	}
	is_equal(bad, 0, "each interrupt brings the time: %u sleeps of %u ms", SLEEPS, SLEEP_MS);
	clock_spin_ms(20);
	hcall_flush_async();
	now = wall_clock();
	clock_spin_ms(20);
	hcall_flush_async();
	ok(same_time(now, wall_clock()), "the wall clock does not change without an interrupt");
	if (cpu_has_tsc() && lguest_data.tsc_khz && lguest_data.tsc_khz < ~0u / (10 * SLEEP_MS))
		compare_with_tsc();
	else
		skip("the TSC is no clock here");
	done();
}

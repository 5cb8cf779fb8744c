/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A clock event comes once, after the nanoseconds asked for, never before. A new
 * SET_CLOCKEVENT replaces the one before; 0 cancels it.
 *
 * Reason: A kernel's timekeeping depends on it. The machine's timer counts 16 bits, 54.9 ms, so
 * longer events take several of its intervals.
 *
 * Method: Events from 0.1 to 300 ms, measured by the wall clock that comes with each interrupt, and
 * by the TSC where it is a clock; three tries each. The machine counts instructions as time, so the
 * delay does not depend on the host.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define NS_PER_US 1000u
#define US_PER_MS 1000u
#define TRIES 3
#define LATE_US 500 /* allowed for each try */
#define QUIET_MS 100

static volatile u32 arrived;
static struct wall_time arrived_at;
static u64 arrived_tsc;
static bool tsc_is_clock;

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	if (tsc_is_clock)
		arrived_tsc = rdtsc();
	arrived_at = wall_clock();
	arrived++;
}

static void wait_for_clock(void)
{
	u32 before = arrived;

	while (arrived == before) {
		irq_disable();
		cpu_halt();
	}
	irq_disable();
}

/* Up to an hour. */
static u32 us_between(struct wall_time from, struct wall_time to)
{
	return (to.seconds - from.seconds) * 1000000 + to.nanoseconds / NS_PER_US -
	       from.nanoseconds / NS_PER_US;
}

/* The event is set after the interrupt that gave `from`, so it can only seem longer. */
static void try_length(u32 us)
{
	u32 i, took, shortest = ~0u, longest = 0;
	struct wall_time from;

	hcall_set_clockevent(NS_PER_MS);
	wait_for_clock();
	for (i = 0; i < TRIES; i++) {
		from = arrived_at;
		hcall_set_clockevent(us * NS_PER_US);
		wait_for_clock();
		took = us_between(from, arrived_at);
		if (took < shortest)
			shortest = took;
		if (took > longest)
			longest = took;
	}
	ok(shortest + 1 >= us, "%u us are not too short", us); /* 1: rounding */
	if (!ok(longest <= us + LATE_US, "%u us are not much too long", us))
		note("the longest of %u took %u us", TRIES, longest);
}

/* The TSC's frequency, which the hypervisor measured, may be wrong by a hundredth. */
static void try_length_by_tsc(u32 ms)
{
	u32 i, took, shortest = ~0u, longest = 0, expected = ms * lguest_data.tsc_khz;
	u64 from;

	for (i = 0; i < TRIES; i++) {
		from = rdtsc();
		hcall_set_clockevent(ms * NS_PER_MS);
		wait_for_clock();
		took = arrived_tsc - from;
		if (took < shortest)
			shortest = took;
		if (took > longest)
			longest = took;
	}
	ok(shortest >= expected - expected / 100, "%u ms by the TSC are not too short", ms);
	if (!ok(longest <= expected + expected / 100 + LATE_US * (lguest_data.tsc_khz / US_PER_MS),
		"an event's length by the TSC is not much too long"))
		note("%u ticks instead of %u", longest, expected);
}

static void expect_quiet(const char *text)
{
	u32 before = arrived;

	irq_enable();
	clock_spin_ms(QUIET_MS);
	irq_disable();
	is_equal(arrived, before, "%s", text);
}

static void test_one_shot(void)
{
	struct wall_time from;

	hcall_set_clockevent(NS_PER_MS);
	wait_for_clock();
	expect_quiet("an event comes once");
	hcall_set_clockevent(50 * NS_PER_MS);
	hcall_set_clockevent(0);
	expect_quiet("0 takes it back");
	hcall_set_clockevent(NS_PER_MS);
	wait_for_clock();
	from = arrived_at;
	hcall_set_clockevent(50 * NS_PER_MS);
	hcall_set_clockevent(200 * NS_PER_MS);
	wait_for_clock();
	ok(us_between(from, arrived_at) >= 200 * US_PER_MS, "a later one replaces an earlier one");
	from = arrived_at;
	hcall_set_clockevent(2000 * NS_PER_MS);
	hcall_set_clockevent(10 * NS_PER_MS);
	wait_for_clock();
	ok(us_between(from, arrived_at) < 1000 * US_PER_MS, "an earlier one replaces a later one");
}

const char *guest_main(void)
{
	static const u32 lengths[] = {100, 1000, 10000, 54000, 56000, 300000};
	u32 i;

	clock_spin_ms(1); /* measures, while the kit still owns the clock */
	tsc_is_clock = cpu_has_tsc() && lguest_data.tsc_khz;
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		try_length(lengths[i]);
	if (tsc_is_clock)
		try_length_by_tsc(40);
	else
		skip("the TSC is no clock here");
	test_one_shot();
	done();
}

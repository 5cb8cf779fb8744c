/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/counter_clock.h"

#include "lib/math64.h"
#include "lib/time.h"

#define MS_PER_SECOND 1000u

void counter_clock_start(struct counter_clock *clock, u32 mask, u32 count)
{
	*clock = (struct counter_clock){.count = count & mask, .mask = mask};
}

u64 counter_clock_now(struct counter_clock *clock, u32 count)
{
	clock->ticks += (count - clock->count) & clock->mask;
	clock->count = count & clock->mask;
	return clock->ticks;
}

void clock_watch_start(struct clock_watch *watch, u32 hz, u32 mask, u64 now, u32 count)
{
	*watch = (struct clock_watch){.since = now, .count = count, .hz = hz, .mask = mask};
}

static u64 ticks_in(u64 ns, u32 hz)
{
	u32 rest;
	u64 seconds = divide(ns, NS_PER_SECOND, &rest);

	return seconds * hz + divide((u64)rest * hz, NS_PER_SECOND, &rest);
}

/* The way from `expected` to `count` on the counter's circle, the shorter one. */
static u32 distance(const struct clock_watch *watch, u32 expected, u32 count)
{
	u32 ahead = (count - expected) & watch->mask, behind = (expected - count) & watch->mask;

	return ahead < behind ? ahead : behind;
}

enum clock_verdict clock_watch_compare(struct clock_watch *watch, u64 now, u32 count)
{
	u64 passed = ticks_in(now - watch->since, watch->hz);
	u64 bound = passed / CLOCK_BOUND_PARTS + watch->hz / MS_PER_SECOND * CLOCK_BOUND_MS;

	if (bound > watch->mask / 4) {
		clock_watch_start(watch, watch->hz, watch->mask, now, count);
		return CLOCK_UNKNOWN;
	}
	if (distance(watch, watch->count + (u32)passed, count) > bound)
		return CLOCK_DIFFERS;
	if (passed > (u64)watch->hz * CLOCK_ROUND_SECONDS)
		clock_watch_start(watch, watch->hz, watch->mask, now, count);
	return CLOCK_AGREES;
}

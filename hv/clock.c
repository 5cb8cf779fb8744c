/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/clock.h"

#include "arch/x86/rtc.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/wake.h"
#include "hv/guest.h"
#include "hv/interrupts.h"
#include "lib/math64.h"
#include "lib/min_max.h"

/* The RTC counts whole seconds: on average, the time is half a second past its reading. */
#define RTC_MEAN_ERROR_NS (NS_PER_SECOND / 2)

/* The time until the next try to deliver a pending interrupt. */
#define RETRY_NS NS_PER_MS

static u32 wall_clock_at_start; /* seconds since 1970 when timer_now() was 0 */

void clock_init(void)
{
	wall_clock_at_start = rtc_read();
	if (!wall_clock_at_start)
		say("no battery-backed clock: the time starts in 1970");
}

void clock_set_event(struct guest *g, u32 delta)
{
	g->clock.event = delta ? timer_now() + delta : TIMER_NEVER;
	schedule_soon();
}

bool clock_is_set(const struct guest *g)
{
	return g->clock.event != TIMER_NEVER;
}

static u64 machine_wall(void)
{
	return (u64)wall_clock_at_start * NS_PER_SECOND + timer_now() + RTC_MEAN_ERROR_NS;
}

u64 clock_wall(const struct guest *g)
{
	return machine_wall() + g->clock.wall_ahead;
}

void clock_set_wall_least(struct guest *g, u64 least)
{
	u64 wall = machine_wall();

	g->clock.wall_ahead = least - min_u64(least, wall);
}

void clock_write_time(struct guest *g)
{
	u32 nanoseconds;

	g->shared->time_seconds = (u32)divide(clock_wall(g), NS_PER_SECOND, &nanoseconds);
	g->shared->time_nanoseconds = nanoseconds;
}

/* ms * khz has less than 64 bits for 500 years. */
u64 clock_tsc(const struct guest *g)
{
	u32 khz = g->clock.tsc_khz, rest;
	u64 ms = divide(timer_now() - g->clock.tsc_since, NS_PER_MS, &rest);

	return g->clock.tsc + ms * khz + divide((u64)rest * khz, NS_PER_MS, &rest);
}

void clock_raise_due(struct guest *g, u64 now)
{
	g->clock.retrying = false;
	if (g->clock.event <= now) {
		g->clock.event = TIMER_NEVER;
		interrupts_raise(g, GUEST_IRQ_TIMER);
	}
	if (g->clock.limit <= now)
		guest_end(g, GUEST_TIMED_OUT, "");
}

bool clock_check(void)
{
	const char *other = timer_check();

	if (other)
		say("the TSC does not keep its rate: the clock is now %s", other);
	return other;
}

u64 clock_next(const struct guest *g)
{
	if (guest_has_ended(g))
		return TIMER_NEVER;
	return min_u64(g->clock.event, g->clock.limit);
}

void clock_retry_soon(struct guest *g)
{
	if (g->clock.retrying)
		return;
	schedule_alarm_by(timer_now() + RETRY_NS);
	g->clock.retrying = true;
}

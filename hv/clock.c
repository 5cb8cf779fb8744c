/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/clock.h"

#include "arch/x86/rtc.h"
#include "arch/x86/timer.h"
#include "hv/guest.h"
#include "lib/math64.h"

/* How soon to look again whether a waiting interrupt can be delivered. */
#define RETRY_NS NS_PER_MS

static u32 wall_clock_at_start; /* seconds since 1970 when timer_now() was 0 */

void clock_init(void)
{
	wall_clock_at_start = rtc_read();
}

void clock_set_event(struct guest *g, u32 delta)
{
	g->clock.event = delta ? timer_now() + delta : TIMER_NEVER;
	g->clock.armed = false;
}

bool clock_is_set(const struct guest *g)
{
	return g->clock.event != TIMER_NEVER;
}

void clock_write_time(struct guest *g)
{
	u32 seconds, nanoseconds;

	seconds = wall_clock_at_start + (u32)divide(timer_now(), NS_PER_SECOND, &nanoseconds);
	g->shared->time_seconds = seconds;
	g->shared->time_nanoseconds = nanoseconds;
}

void clock_alarm_fired(struct guest *g)
{
	g->clock.armed = false;
}

static void raise_due(struct guest *g, u64 now)
{
	if (g->clock.event <= now) {
		g->clock.event = TIMER_NEVER;
		interrupts_raise(g, GUEST_IRQ_TIMER);
	}
	if (g->clock.limit <= now)
		guest_end(g, GUEST_TIMED_OUT, "");
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

static void arm(struct guest *g, u64 at)
{
	timer_arm(earlier(at, earlier(g->clock.event, g->clock.limit)));
	g->clock.armed = true;
}

void clock_update(struct guest *g)
{
	raise_due(g, timer_now());
	arm(g, TIMER_NEVER);
	g->clock.retrying = false;
}

void clock_retry_soon(struct guest *g)
{
	if (g->clock.retrying)
		return;
	arm(g, timer_now() + RETRY_NS);
	g->clock.retrying = true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock event is one-shot: a periodic clock sets the next one in its handler. */
#include "guest/include/clock.h"
#include "guest/include/interrupt.h"
#include "lib/panic.h"

#define SLEEP_MAX_MS 4000u /* nanoseconds of it still fit into 32 bits */

static u32 period;
static volatile u32 ticks;
static volatile bool slept;

static void on_tick(struct trap_frame *frame)
{
	(void)frame;
	ticks++;
	if (period)
		hcall_set_clockevent(period);
}

void clock_start(u32 nanoseconds)
{
	period = nanoseconds;
	ticks = 0;
	irq_handle(GUEST_IRQ_TIMER, on_tick);
	hcall_set_clockevent(period);
}

void clock_stop(void)
{
	period = 0;
	hcall_set_clockevent(0);
}

u32 clock_ticks(void)
{
	return ticks;
}

static void on_wake(struct trap_frame *frame)
{
	(void)frame;
	slept = true;
}

void clock_sleep_ms(u32 milliseconds)
{
	bool enabled = irq_save();

	ASSERT(milliseconds <= SLEEP_MAX_MS);
	slept = !milliseconds;
	irq_handle(GUEST_IRQ_TIMER, on_wake);
	hcall_set_clockevent(milliseconds * NS_PER_MS);
	/* Looking and halting with interrupts off, or the last one could come in between. */
	while (!slept) {
		cpu_halt();
		irq_disable();
	}
	irq_restore(enabled);
}

/* The hypervisor writes the time whenever it delivers an interrupt: possibly between two loads. */
struct wall_time wall_clock(void)
{
	struct wall_time now;

	do {
		now.seconds = lguest_data.time_seconds;
		now.nanoseconds = lguest_data.time_nanoseconds;
	} while (now.seconds != lguest_data.time_seconds ||
		 now.nanoseconds != lguest_data.time_nanoseconds);
	return now;
}

u32 wall_ms_between(struct wall_time from, struct wall_time to)
{
	u32 ms = (to.seconds - from.seconds) * MS_PER_SECOND;

	return ms + to.nanoseconds / NS_PER_MS - from.nanoseconds / NS_PER_MS;
}

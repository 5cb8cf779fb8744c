// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock event is one-shot: a periodic clock sets the next one in its handler. */
#include "guest/include/clock.h"
#include "guest/include/interrupt.h"
#include "lib/panic.h"

#define SLEEP_MAX_MS 4000u /* nanoseconds of it still fit into 32 bits */
#define SPIN_CHUNK 1000u   /* rounds of the loop between two readings of the clock */
#define SPIN_MEASURE_MS 20u

static u32 period;
static u32 chunks_per_ms; /* of clock_spin_ms; 0: not measured yet */
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
	/* Check and HALT run with interrupts off; else the last interrupt could come in between. */
	while (!slept) {
		cpu_halt();
		irq_disable();
	}
	irq_restore(enabled);
}

static void spin(u32 rounds)
{
	__asm__ volatile("1: decl %0; jnz 1b" : "+r"(rounds) : : "cc");
}

/* Chunks of the loop in a millisecond, at least 1. */
static u32 measure_spin(void)
{
	bool enabled = irq_save();
	u32 chunks = 0;

	slept = false;
	irq_handle(GUEST_IRQ_TIMER, on_wake);
	hcall_set_clockevent(SPIN_MEASURE_MS * NS_PER_MS);
	irq_enable();
	for (; !slept; chunks++)
		spin(SPIN_CHUNK);
	irq_disable();
	irq_restore(enabled);
	return chunks / SPIN_MEASURE_MS + 1;
}

void clock_spin_ms(u32 milliseconds)
{
	u32 chunks;

	if (!chunks_per_ms)
		chunks_per_ms = measure_spin();
	for (chunks = milliseconds * chunks_per_ms; chunks; chunks--)
		spin(SPIN_CHUNK);
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

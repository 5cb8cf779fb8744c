/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that sleeps most of the time is woken without delay, also beside guests that
 * never sleep.
 *
 * Reason: Such a guest needs little of the CPU, but soon: for a key, or a packet. It must not wait
 * until the slices of busy guests end.
 *
 * Method: Clock events of many lengths; the time-stamp counter at the interrupt, against its value
 * when the event was set and the event's length. The guest prints how many were late by less than
 * each power of two of microseconds, and the worst.
 *
 * Module: mem=2M -- times=20
 * Expect: shut down "sched-wakeup-latency: worst "
 * Runner: tests/system/share.t
 */
#include "guest/include/kit.h"

#define SHORTEST_US 500u
#define STEP_US 137u
#define LENGTHS 101u /* lengths repeat after so many: up to 14.3 ms */
#define CLASSES 16u
#define US_PER_MS 1000u

static u64 woken_at;
static u32 late[CLASSES]; /* by less than 2^n us */

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	woken_at = rdtsc();
}

static u32 class_of(u32 us)
{
	u32 class = 0;

	while (us >> class && class < CLASSES - 1)
		class ++;
	return class;
}

/* Returns how late it was, in microseconds. */
static u32 sleep_once(u32 us)
{
	u64 start = rdtsc();
	u32 ticks, expected = us * (lguest_data.tsc_khz / US_PER_MS);

	irq_disable(); /* or the event may come before the guest sleeps */
	hcall_set_clockevent(us * (NS_PER_MS / US_PER_MS));
	cpu_halt();
	ticks = woken_at - start;
	return ticks > expected ? (ticks - expected) / (lguest_data.tsc_khz / US_PER_MS) : 0;
}

const char *guest_main(void)
{
	u32 times = boot_option_number("times", 20), worst = 0;

	if (!cpu_has_tsc() || !lguest_data.tsc_khz)
		return "sched-wakeup-latency: worst unknown: the TSC is no clock here";
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	sleep_once(SHORTEST_US); /* so that it begins with a whole turn */
	for (u32 i = 0; i < times; i++) {
		u32 us = sleep_once(SHORTEST_US + i % LENGTHS * STEP_US);

		late[class_of(us)]++;
		if (us > worst)
			worst = us;
	}
	for (u32 i = 0; i < CLASSES; i++)
		if (late[i])
			printf("late by less than %u us: %u\n", 1u << i, late[i]);
	shutdown("sched-wakeup-latency: worst %u us of %u times", worst, times);
}

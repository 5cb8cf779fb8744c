/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time: the one-shot clock event made periodic, sleeping, and the wall clock. */
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include "lib/types.h"

#define NS_PER_MS 1000000u
#define MS_PER_SECOND 1000u

/* Starts a periodic virtual IRQ 0, every `nanoseconds` (up to 4.2 s). Its handler counts, and sets
 * the next clock event. Interrupts must be enabled for it to arrive. */
void clock_start(u32 nanoseconds);
void clock_stop(void);

/* The number of these interrupts since clock_start. */
u32 clock_ticks(void);

/* Halts for at least this long (up to 4000), with interrupts enabled meanwhile. Uses the clock
 * event: not while clock_start is running. */
void clock_sleep_ms(u32 milliseconds);

/* Spins for about this long (up to 10 s) in ring 1, without an exit of its own: for tests of
 * interrupts that arrive during the loop. Needs no TSC: the first call measures the loop with the
 * clock event, so not while one is set. */
void clock_spin_ms(u32 milliseconds);

/* The time of day, as of LGUEST_INIT or of the last virtual interrupt. */
struct wall_time {
	u32 seconds, nanoseconds;
};
struct wall_time wall_clock(void);

/* Whole milliseconds from one to the other, later, time: up to 49 days. */
u32 wall_ms_between(struct wall_time from, struct wall_time to);

#endif

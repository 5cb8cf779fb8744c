/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock of one counter of 24 to 32 bits, which wraps around, and the comparison of another clock
 * with such a counter. All of this is arithmetic; timer.c reads the counters.
 */
#ifndef ARCH_X86_COUNTER_CLOCK_H
#define ARCH_X86_COUNTER_CLOCK_H

#include "lib/types.h"

/* -- The clock -- */

struct counter_clock {
	u64 ticks; /* since the start, at the last reading */
	u32 count; /* the counter then */
	u32 mask;  /* the bits that it has, from bit 0 up */
};

void counter_clock_start(struct counter_clock *clock, u32 mask, u32 count);

/* Ticks since the start. `count` is new; the counter has wrapped at most once since the last
 * call. */
u64 counter_clock_now(struct counter_clock *clock, u32 count);

/* -- The comparison -- */

/* A clock in nanoseconds, and a counter, which are compared from time to time. The counter may have
 * wrapped any number of times: only its difference to the expected count matters. */
struct clock_watch {
	u64 since; /* the clock and ... */
	u32 count; /* ... the counter when the comparison started */
	u32 hz, mask;
};

enum clock_verdict {
	CLOCK_AGREES,
	CLOCK_DIFFERS, /* by more than CLOCK_BOUND_MS and one part in CLOCK_BOUND_PARTS */
	CLOCK_UNKNOWN, /* so much time has passed that the counter cannot tell: it starts again */
};

#define CLOCK_BOUND_MS 2u
#define CLOCK_BOUND_PARTS 128u

/* After this time of agreement the comparison starts again, so that the bound stays small. */
#define CLOCK_ROUND_SECONDS 4u

void clock_watch_start(struct clock_watch *watch, u32 hz, u32 mask, u64 now, u32 count);

/* Compares the clock, which shows `now`, with the counter. */
enum clock_verdict clock_watch_compare(struct clock_watch *watch, u64 now, u32 count);

#endif

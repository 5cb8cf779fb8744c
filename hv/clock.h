/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's time: its one-shot clock event (virtual IRQ 0), the wall clock, its time limit. */
#ifndef HV_CLOCK_H
#define HV_CLOCK_H

#include "lib/types.h"

struct guest;

/* Reads the battery-backed clock once. */
void clock_init(void);

/* SET_CLOCKEVENT: `delta` nanoseconds from now, 0 is off. */
void clock_set_event(struct guest *g, u32 delta);
bool clock_is_set(const struct guest *g);

/* The wall clock as a guest sees it: nanoseconds since 1970. It is the machine's, or ahead of it
 * by a constant: of a restored guest, which has seen `least`, it does not go back. */
u64 clock_wall(const struct guest *g);
void clock_set_wall_least(struct guest *g, u64 least);

/* Writes the wall clock's time into lguest_data. The guest has called LGUEST_INIT. */
void clock_write_time(struct guest *g);

/* The TSC as a guest sees it whose RDTSC is emulated. */
u64 clock_tsc(const struct guest *g);

/* Raises IRQ 0 if it is due at `now`, and ends the guest if its time is up. */
void clock_raise_due(struct guest *g, u64 now);

/* The next time at which clock_raise_due has work to do, in nanoseconds since start-up, or
 * TIMER_NEVER. */
u64 clock_next(const struct guest *g);

/* Compares the machine's clock with another one, if it is time, and reports a change. True if
 * the clock is another one now. For the scheduler. */
bool clock_check(void);

/* Sets the timer for the next try to deliver a pending interrupt, which the guest does not accept
 * now. */
void clock_retry_soon(struct guest *g);

#endif

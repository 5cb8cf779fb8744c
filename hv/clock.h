/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's time: its one-shot clock event (virtual IRQ 0), the wall clock, its time limit. */
#ifndef HV_CLOCK_H
#define HV_CLOCK_H

#include "lib/types.h"

struct guest;

struct guest_clock {
	u64 event;  /* when IRQ 0 is due, in nanoseconds since start-up; TIMER_NEVER: off */
	u64 limit;  /* when the guest has had its time; TIMER_NEVER: no limit */
	bool armed; /* the machine's timer is armed for the earlier of the two, or earlier still */
	bool retrying; /* and will soon look at a waiting interrupt again */
};

/* Reads the battery-backed clock once. */
void clock_init(void);

/* SET_CLOCKEVENT: `delta` nanoseconds from now, 0 is off. */
void clock_set_event(struct guest *g, u32 delta);
bool clock_is_set(const struct guest *g);

/* Writes the wall clock's time into lguest_data, which the guest must have. */
void clock_write_time(struct guest *g);

/* Raises IRQ 0 if it is due, ends the guest if its time is up, and sees to it that the machine's
 * timer interrupts at the next moment that matters to this guest. Needed when clock.armed is false. */
void clock_update(struct guest *g);

/* An interrupt waits that cannot be delivered now: come back soon to try again. */
void clock_retry_soon(struct guest *g);

/* The machine's timer has interrupted: it must be armed anew. */
void clock_alarm_fired(struct guest *g);

#endif

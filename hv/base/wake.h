/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the scheduler that another guest may have to run on this CPU. hv/sched/schedule.c implements it. */
#ifndef HV_WAKE_H
#define HV_WAKE_H

#include "lib/types.h"

struct wake {
	bool needed; /* another guest may have to run */
};

extern PER_CPU struct wake wake;

/* Another guest may have to run: run_guest() returns before the next VM entry. */
static inline void schedule_soon(void)
{
	wake.needed = true;
}

/* Something has happened that this guest, or the scheduler for it, has to see: the CPU that runs it leaves it. Under
 * the machine's lock. */
struct guest;
void schedule_soon_for(const struct guest *g);

/* Makes this CPU's timer interrupt at `at` (nanoseconds as timer_now()) or earlier. */
void schedule_alarm_by(u64 at);

#endif

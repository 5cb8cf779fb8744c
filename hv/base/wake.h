/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the scheduler that another guest may have to run. hv/sched/schedule.c implements it. */
#ifndef HV_WAKE_H
#define HV_WAKE_H

#include "lib/types.h"

struct wake {
	bool needed; /* another guest may have to run */
};

extern struct wake wake; /* of the machine's one CPU */

/* Another guest may have to run: run_guest() returns before the next VM entry. */
static inline void schedule_soon(void)
{
	wake.needed = true;
}

/* Makes the timer interrupt at `at` (nanoseconds as timer_now()) or earlier. */
void schedule_alarm_by(u64 at);

#endif

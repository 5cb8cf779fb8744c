/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How every room tells the scheduler that it has to look again. hv/sched/schedule.c implements it. */
#ifndef HV_BASE_WAKE_H
#define HV_BASE_WAKE_H

#include "lib/types.h"

struct wake {
	bool needed; /* something happened that may change who should run */
};

extern struct wake wake; /* the one CPU's */

/* Something happened that may change who should run: the guest that runs comes out of run_guest(). */
static inline void schedule_soon(void)
{
	wake.needed = true;
}

/* The timer shall interrupt at `at` (nanoseconds as timer_now()), or earlier. */
void schedule_alarm_by(u64 at);

#endif

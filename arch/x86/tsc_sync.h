/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time stamp counters of two CPUs are brought together. Guests read the counter by RDTSC, and no offset
 * can be applied to that, so the counters themselves have to agree. The boot CPU asks, the other CPU
 * answers with its counter, and the round with the shortest way tells the difference, as two clocks on a network
 * are compared (Cristian, 1989).
 */
#ifndef ARCH_X86_TSC_SYNC_H
#define ARCH_X86_TSC_SYNC_H

#include "lib/types.h"

/* One comparison: the counter here before and after, and there in between. */
struct tsc_round {
	u64 before, there, after;
};

/* By how much the counter there is ahead of the one here, in ticks; 0 if the round cannot tell it from
 * 0, since the way took longer. */
s64 tsc_ahead(const struct tsc_round *round);

/* On the other CPU: answers the boot CPU until it has finished, and changes this CPU's counter as it says. */
void tsc_sync_answer(void);

/* On the boot CPU, while the other one is in tsc_sync_answer. True if the counters agree in the end, as far as can be
 * measured. */
bool tsc_sync(void);

#endif

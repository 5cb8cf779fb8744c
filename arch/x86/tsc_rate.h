/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the TSC against another counter. */
#ifndef ARCH_X86_TSC_RATE_H
#define ARCH_X86_TSC_RATE_H

#include "arch/x86/counter.h"

/* The TSC's rate in kHz, which takes 4 ms with the HPET, 5 ms with the PM timer, 15 ms with the 8254; 0 if the counter
 * does not count. Only with cpu_features.tsc. */
u32 tsc_measure_khz(const struct counter *counter);

/* The same by the seconds of the battery-backed clock, for machines without any other: it takes one
 * to two seconds. 0 if there is none. */
u32 tsc_measure_khz_by_rtc(void);

/* A reading of the TSC and a counter, and how far apart in time the two may be. */
struct tsc_sample {
	u64 tsc;
	u32 duration; /* TSC ticks that the reading took */
	u32 count;
};

struct tsc_sample tsc_take_one_sample(const struct counter *counter);

/* A disturbance makes a reading longer, so the shortest of some is the most exact. */
struct tsc_sample tsc_take_sample(const struct counter *counter);

#endif

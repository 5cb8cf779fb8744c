/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: a clock that counts nanoseconds since start-up, and one alarm.
 * The clock is the TSC where the CPU has one, else two counters of the 8254 interval timer (pit_clock.h); the
 * alarm is the 8254 in one-shot mode, so there is no interrupt that nothing needs. (Without a TSC there is one
 * every 50 ms, so that the clock is looked at.)
 */
#ifndef ARCH_X86_TIMER_H
#define ARCH_X86_TIMER_H

#include "lib/types.h"

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS 1000000u
#define TIMER_NEVER UINT64_MAX

/* Starts the clock; measures the TSC against the 8254, which takes 15 ms. */
void timer_init(void);

/* Nanoseconds since timer_init. */
u64 timer_now(void);

/* IRQ 0 comes at time `at` (TIMER_NEVER: not at all), or earlier: ask timer_now() then, and arm it
 * again. A time in the past means at once. */
void timer_arm(u64 at);

/* The TSC's rate if it is a usable clock (its rate never changes), else 0. */
u32 timer_constant_tsc_khz(void);
u32 timer_tsc_khz(void); /* as measured; 0 without a TSC */

/* The TSC and the 8254's counter, read one after the other: for its noise. */
u32 timer_sample(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: a clock that counts nanoseconds since start-up, and one alarm. The clock is the TSC where
 * the CPU has one, else two counters of the 8254 interval timer (pit_clock.h). The alarm is the
 * 8254 in one-shot mode, so there is no periodic interrupt. Without a TSC there is one every 50 ms,
 * at which the clock is read.
 */
#ifndef ARCH_X86_TIMER_H
#define ARCH_X86_TIMER_H

#include "lib/types.h"

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS 1000000u
#define TIMER_NEVER UINT64_MAX

/* Starts the clock; measures the TSC against the 8254, which takes 15 ms. Panics if there is no
 * 8254. After pic_init, with interrupts off; called once. */
void timer_init(void);

/* Nanoseconds since timer_init. */
u64 timer_now(void);

/* Sets the alarm: IRQ 0 comes at time `at` or earlier, or not at all (TIMER_NEVER). At the
 * interrupt, compare with timer_now() and arm it again. A time in the past means at once. */
void timer_arm(u64 at);

/* The TSC's rate if it never changes, so that a guest may use the TSC as its clock; else 0. */
u32 timer_constant_tsc_khz(void);
u32 timer_tsc_khz(void); /* the measured rate, 0 without a TSC */

/* The TSC and the 8254's counter, mixed: a source of random bits (hv/base/random.c). */
u32 timer_sample(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 8254 interval timer. Channel 0 can be the alarm; channel 2, whose output goes to the speaker,
 * runs free. The two together can be the clock (pit_clock.h).
 */
#ifndef ARCH_X86_PIT_H
#define ARCH_X86_PIT_H

#include "arch/x86/alarm.h"
#include "arch/x86/counter.h"

#define PIT_HZ 1193182u

/* Stops the alarm that the firmware has left, and starts both channels. False if there is no
 * 8254. */
bool pit_init(void);

/* The counter to measure the TSC by: only until the alarm or the clock is started. Its count lasts
 * 54 ms. */
extern const struct counter pit_counter;

/* Starts the clock; false if channel 2 does not count. */
bool pit_start_clock(void);

/* Ticks of PIT_HZ since pit_start_clock. To be called at least every PIT_CLOCK_HORIZON_NS. */
u64 pit_clock_ticks(void);
#define PIT_CLOCK_HORIZON_NS 2000000000u

/* IRQ 0. While the 8254 is also the clock, arm() is to be called right after pit_clock_ticks(). */
extern const struct alarm_device pit_alarm;

/* Channel 0's count, for timer_sample(); 0 without an 8254. */
u16 pit_sample(void);

#endif

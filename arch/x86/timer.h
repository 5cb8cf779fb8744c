/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: a clock that counts nanoseconds since start-up, and one alarm.
 *
 *	clock    the TSC; else the HPET, the ACPI PM timer, or two counters of the 8254
 *	alarm    the local APIC's timer, the 8254 or the HPET, each in one-shot mode
 *
 * There is no periodic interrupt. A clock other than the TSC wraps around: then the alarm comes now
 * and then, and the clock is read.
 *
 * A TSC whose rate may change (cpu_features.tsc_constant) is compared with the HPET or the ACPI PM
 * timer, where there is one; when they differ, that one becomes the clock.
 */
#ifndef ARCH_X86_TIMER_H
#define ARCH_X86_TIMER_H

#include "arch/x86/acpi_devices.h"
#include "arch/x86/alarm.h"
#include "lib/time.h"
#include "lib/types.h"

#define TIMER_NEVER UINT64_MAX

/* Finds the timers, and starts the clock; measures the TSC, which takes 4 to 15 ms, or by the
 * battery-backed clock a second or more. Panics if there is no clock. After irq_init, with interrupts off; called once. */
void timer_init(const struct acpi_devices *devices);

/* Nanoseconds since timer_init. Never less than before. */
u64 timer_now(void);

/* The n-th device that can be the alarm, in the order in which they are to be tried; NULL: there are
 * no more. */
const struct alarm_device *timer_alarm(u32 n);

/* Makes the n-th device, which timer_alarm(n) has named, the alarm; false if the machine has none. The one before is released. */
bool timer_use_alarm(u32 n);

/* Another CPU's alarm is its own local APIC's timer: starts it, on this CPU. False if it cannot be used.
 * After timer_use_alarm on the boot CPU. */
bool timer_start_on_this_cpu(void);

/* Sets this CPU's alarm, once timer_use_alarm has succeeded: line IRQ_TIMER interrupts at time `at` or earlier, or not at all (TIMER_NEVER). At
 * the interrupt, compare with timer_now() and arm it again. A time in the past means at once. */
void timer_arm(u64 at);

/* Uses another clock than the TSC from now on, and gives the TSC to no guest. The name of the clock; NULL: there is
 * none. */
const char *timer_leave_tsc(void);

/* Compares the clock with another one now and then; to be called after each interrupt of the alarm.
 * Returns the name of the new clock if the TSC was wrong, else NULL. Then the TSC is no longer used
 * as a clock. */
const char *timer_check(void);

/* The TSC's rate if it never changes, so that a guest may use the TSC as its clock; else 0. */
u32 timer_constant_tsc_khz(void);
u32 timer_tsc_khz(void); /* the measured rate, 0 without a TSC */

/* Names for messages, such as "the TSC", "the HPET" and "the local APIC's timer". */
const char *timer_clock_name(void);
const char *timer_check_name(void); /* NULL: the clock is not checked */
const char *timer_alarm_name(void);

/* The TSC and another counter, mixed: a source of random bits (hv/base/random.c). */
u32 timer_sample(void);

#endif

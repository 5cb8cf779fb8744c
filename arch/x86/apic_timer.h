/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC's timer (SDM vol. 3, 10.5.4), at vector VECTOR_APIC_BASE + IRQ_TIMER. */
#ifndef ARCH_X86_APIC_TIMER_H
#define ARCH_X86_APIC_TIMER_H

#include "arch/x86/alarm.h"

extern const struct alarm_device apic_alarm;

/*
 * The timer's ticks in `ns` nanoseconds, with at most one tick and a 16384th too many, and none too
 * few: an alarm that is early costs a second one. `rate`: ticks per nanosecond, times 2 to the
 * power of APIC_TIMER_RATE_SHIFT. The result is at least 1.
 */
u32 apic_timer_ticks(u32 ns, u32 rate);

/* The rate, from `ticks` that were counted in `ns` nanoseconds (1 to 2^32-1); 0 if it is not
 * usable. */
u32 apic_timer_rate(u32 ticks, u64 ns);
#define APIC_TIMER_RATE_SHIFT 24

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The high precision event timer (IA-PC HPET specification 1.0a): a counter and an alarm. */
#ifndef ARCH_X86_HPET_H
#define ARCH_X86_HPET_H

#include "arch/x86/alarm.h"
#include "arch/x86/counter.h"

/* Starts the HPET at this address, as the ACPI tables give it, with all of its interrupts off.
 * Returns its counter; NULL if there is none, or if its registers make no sense. `at` may be 0. */
const struct counter *hpet_init(u32 at);

/* IRQ 0, in place of the 8254's: the "legacy replacement" route. */
extern const struct alarm_device hpet_alarm;

#endif

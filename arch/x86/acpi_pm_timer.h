/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ACPI power management timer (ACPI specification 6.4, 4.8.3.3): a counter of 3.58 MHz. */
#ifndef ARCH_X86_ACPI_PM_TIMER_H
#define ARCH_X86_ACPI_PM_TIMER_H

#include "arch/x86/acpi_devices.h"
#include "arch/x86/counter.h"

/* The counter that the tables name; NULL if there is none, or if it does not count. */
const struct counter *pm_timer_init(const struct acpi_devices *devices);

#endif

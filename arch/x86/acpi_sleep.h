/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARCH_X86_ACPI_SLEEP_H
#define ARCH_X86_ACPI_SLEEP_H

#include "arch/x86/acpi.h"

/* Asks the hardware for soft-off, S5. It returns: the power goes off some milliseconds later, or
 * not at all. `power` is acpi_find's. For power.c. */
void acpi_power_off(const struct acpi_power *power);

/* Writes a register of one byte; nothing if it is nowhere. For reset.c too. */
void acpi_write8(const struct acpi_register *r, u8 value);

#endif

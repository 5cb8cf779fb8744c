/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARCH_X86_POWER_H
#define ARCH_X86_POWER_H

/* Switches the power off, by ACPI (acpi.h) or by the port of an emulator. It returns: the power
 * goes off some milliseconds later, or not at all if the machine has neither. Then boot/end.c asks
 * the BIOS (bios_power_off.h). */
void power_off(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARCH_X86_BIOS_POWER_OFF_H
#define ARCH_X86_BIOS_POWER_OFF_H

#include "lib/types.h"

/* Asks the BIOS of a PC from before ACPI to switch the power off; halts if it cannot. To be called
 * after power_off has failed: the CPU leaves protected mode, and the function does not return. */
void power_off_by_bios(void) NORETURN;

#endif

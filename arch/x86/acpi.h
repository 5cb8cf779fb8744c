/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers and values of ACPI that power-off needs (ACPI specification 6.4, 5.2). There is no
 * AML interpreter: the sleep types are read from the bytes of a constant \_S5 package, and a method
 * of that name is not supported.
 */
#ifndef ARCH_X86_ACPI_H
#define ARCH_X86_ACPI_H

#include "arch/x86/acpi_tables.h"

/* A register of two bytes is at an even address. */
struct acpi_power {
	/* Fixed hardware (4.8.3): a and b may each be nowhere. */
	struct acpi_register event_a, event_b;     /* PM1a_EVT, PM1b_EVT: status comes first */
	struct acpi_register control_a, control_b; /* PM1a_CNT, PM1b_CNT */
	u16 smi_command; /* a port; 0: the machine is always in ACPI mode */
	u8 acpi_enable;  /* the value to write there; 0: nothing */

	/* Hardware-reduced (4.8.3.7): these two instead. */
	bool hardware_reduced;
	struct acpi_register sleep_control, sleep_status;

	u8 type_a, type_b; /* of the state S5 */
};

/* Finds the tables in the BIOS's memory, below 1 MB. False if there are none, or if a table that is
 * needed is missing or wrong. Reads at most a few megabytes, for any contents of the tables. For
 * power.c. */
bool acpi_find(physical_reader *read, struct acpi_power *found);

#endif

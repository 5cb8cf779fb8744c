/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices that ACPI tables name (ACPI specification 6.4, 5.2.9 and 5.2.12; IA-PC HPET
 * specification 1.0a, 3.2.4): timers, interrupt controllers, and the reset register.
 */
#ifndef ARCH_X86_ACPI_DEVICES_H
#define ARCH_X86_ACPI_DEVICES_H

#include "arch/x86/acpi.h"
#include "arch/x86/cpu_list.h"

#define ACPI_IO_APICS_MOST 4u
#define ACPI_ISA_IRQS 16u

/* The input of an I/O APIC that an ISA IRQ leads to. */
struct acpi_isa_line {
	u32 gsi; /* the number of the input, over all I/O APICs */
	bool active_low, level_triggered;
};

struct acpi_io_apic {
	u32 address, first_gsi;
};

struct acpi_devices {
	struct acpi_register reset;    /* ACPI_NOWHERE: none */
	u8 reset_value;                /* written there, it restarts the machine */
	struct acpi_register pm_timer; /* ACPI_NOWHERE: none */
	bool pm_timer_is_32_bits;      /* else it has 24 */
	u32 hpet;                      /* the address of its registers; 0: none */
	u32 io_apic_count;
	struct acpi_io_apic io_apics[ACPI_IO_APICS_MOST];
	struct acpi_isa_line isa[ACPI_ISA_IRQS];
};

/* Reads the tables. If there are none, no device is named. */
void acpi_find_devices(physical_reader *read, struct acpi_devices *devices);

/* Adds the CPUs that the MADT says are enabled, in its order. False if it names none. */
bool acpi_find_cpus(physical_reader *read, struct cpu_list *list);

#endif

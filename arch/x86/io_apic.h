/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The I/O APICs (Intel 82093AA datasheet), whose interrupts have the vectors from VECTOR_APIC_BASE
 * up. */
#ifndef ARCH_X86_IO_APIC_H
#define ARCH_X86_IO_APIC_H

#include "arch/x86/acpi_devices.h"

/* Masks each entry of each I/O APIC that sends a vector, since a loader may have left it open.
 * Entries for ExtINT stay: on some boards the 8259s' line comes by one. */
void io_apic_init(const struct acpi_devices *devices);

/* True if an I/O APIC has the input that this ISA line leads to. */
bool io_apic_has(const struct acpi_isa_line *line);

/* Lets an input interrupt this CPU at `vector`; nothing if no I/O APIC has it. */
void io_apic_unmask(const struct acpi_isa_line *line, u32 vector);
void io_apic_mask(const struct acpi_isa_line *line);

/* An entry of the redirection table, its lower half: the vector to one CPU, whose number is in the
 * upper half. */
u32 io_apic_entry(const struct acpi_isa_line *line, u32 vector);

#endif

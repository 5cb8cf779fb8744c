/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	FADT: the PM timer, the reset register
 *	MADT: I/O APICs, and which of their inputs the ISA IRQs lead to; CPUs
 *	HPET: the address of its registers
 *
 * Sections are those of the ACPI specification 6.4.
 */
#include "arch/x86/acpi_devices.h"

#include "lib/string.h"

/* 5.2.9 */
#define FADT_PM_TIMER 76
#define FADT_PM_TIMER_LENGTH 91
#define PM_TIMER_BYTES 4u
#define FADT_FLAGS 112
#define FLAG_PM_TIMER_32_BITS (1u << 8)
#define FLAG_RESET (1u << 10)
#define FADT_RESET 116
#define FADT_RESET_VALUE 128
#define FADT_X_PM_TIMER 208

/* 5.2.12 */
#define MADT_ENTRIES 44
#define MADT_ENTRIES_MOST 1024u
#define ENTRY_TYPE 0
#define ENTRY_LENGTH 1
#define ENTRY_HEADER 2u
#define TYPE_IO_APIC 1
#define IO_APIC_ADDRESS 4
#define IO_APIC_GSI 8
#define IO_APIC_LENGTH 12u
#define TYPE_OVERRIDE 2
#define OVERRIDE_BUS 2
#define OVERRIDE_SOURCE 3
#define OVERRIDE_GSI 4
#define OVERRIDE_FLAGS 8
#define OVERRIDE_LENGTH 10u
#define TYPE_CPU 0
#define CPU_ID 3
#define CPU_FLAGS 4
#define CPU_LENGTH 8u
#define CPU_NO_ID 0xFFu /* the broadcast address */
#define TYPE_X2APIC_CPU 9
#define X2APIC_CPU_ID 4
#define X2APIC_CPU_FLAGS 8
#define X2APIC_CPU_LENGTH 16u
#define X2APIC_CPU_NO_ID 0xFFFFFFFFu
#define FLAG_ENABLED 1u

/* 5.2.12.5: polarity and trigger mode; 0 conforms to the bus: ISA is active high, edge triggered */
#define FLAGS_ACTIVE_LOW 3u
#define FLAGS_POLARITY 3u
#define FLAGS_LEVEL (3u << 2)
#define FLAGS_TRIGGER (3u << 2)

/* HPET specification 3.2.4 */
#define HPET_ADDRESS 40

/* -- FADT -- */

/* The port of the PM timer. The extended field counts if it is an address. */
static struct acpi_register pm_timer(const struct acpi_table *fadt)
{
	struct acpi_register extended = acpi_generic_register(fadt, FADT_X_PM_TIMER);
	u32 port = acpi_field(fadt, FADT_PM_TIMER, 4);

	if (extended.space != ACPI_NOWHERE)
		return extended;
	if (port && port <= ACPI_PORT_MOST &&
	    acpi_field(fadt, FADT_PM_TIMER_LENGTH, 1) == PM_TIMER_BYTES)
		return (struct acpi_register){ACPI_PORT, port};
	return extended;
}

static void read_fadt(const struct acpi_table *fadt, struct acpi_devices *d)
{
	u32 flags = acpi_field(fadt, FADT_FLAGS, 4);

	d->pm_timer = pm_timer(fadt);
	d->pm_timer_is_32_bits = flags & FLAG_PM_TIMER_32_BITS;
	if (flags & FLAG_RESET) {
		d->reset = acpi_generic_register(fadt, FADT_RESET);
		d->reset_value = acpi_field(fadt, FADT_RESET_VALUE, 1);
	}
}

/* -- MADT -- */

static void read_io_apic(const struct acpi_table *madt, u32 at, struct acpi_devices *d)
{
	u32 address = acpi_field(madt, at + IO_APIC_ADDRESS, 4);

	if (address && d->io_apic_count < ACPI_IO_APICS_MOST)
		d->io_apics[d->io_apic_count++] =
		    (struct acpi_io_apic){address, acpi_field(madt, at + IO_APIC_GSI, 4)};
}

static void read_override(const struct acpi_table *madt, u32 at, struct acpi_devices *d)
{
	u32 irq = acpi_field(madt, at + OVERRIDE_SOURCE, 1);
	u32 flags = acpi_field(madt, at + OVERRIDE_FLAGS, 2);

	if (irq < ACPI_ISA_IRQS && acpi_field(madt, at + OVERRIDE_BUS, 1) == 0)
		d->isa[irq] = (struct acpi_isa_line){
		    .gsi = acpi_field(madt, at + OVERRIDE_GSI, 4),
		    .active_low = (flags & FLAGS_POLARITY) == FLAGS_ACTIVE_LOW,
		    .level_triggered = (flags & FLAGS_TRIGGER) == FLAGS_LEVEL,
		};
}

/* A CPU that is not enabled may be "online capable": it can be plugged in, but is not there. */
static void read_cpu(const struct acpi_table *madt, u32 at, struct cpu_list *list)
{
	u32 id = acpi_field(madt, at + CPU_ID, 1);

	if (acpi_field(madt, at + CPU_FLAGS, 4) & FLAG_ENABLED && id != CPU_NO_ID)
		cpu_list_add(list, id);
}

static void read_x2apic_cpu(const struct acpi_table *madt, u32 at, struct cpu_list *list)
{
	u32 id = acpi_field(madt, at + X2APIC_CPU_ID, 4);

	if (acpi_field(madt, at + X2APIC_CPU_FLAGS, 4) & FLAG_ENABLED && id != X2APIC_CPU_NO_ID)
		cpu_list_add(list, id);
}

static void read_device_entry(const struct acpi_table *madt, u32 at, u32 length, void *into)
{
	u32 type = acpi_field(madt, at + ENTRY_TYPE, 1);

	if (type == TYPE_IO_APIC && length >= IO_APIC_LENGTH)
		read_io_apic(madt, at, into);
	else if (type == TYPE_OVERRIDE && length >= OVERRIDE_LENGTH)
		read_override(madt, at, into);
}

static void read_cpu_entry(const struct acpi_table *madt, u32 at, u32 length, void *into)
{
	u32 type = acpi_field(madt, at + ENTRY_TYPE, 1);

	if (type == TYPE_CPU && length >= CPU_LENGTH)
		read_cpu(madt, at, into);
	else if (type == TYPE_X2APIC_CPU && length >= X2APIC_CPU_LENGTH)
		read_x2apic_cpu(madt, at, into);
}

typedef void entry_reader(const struct acpi_table *madt, u32 at, u32 length, void *into);

/* An entry that is shorter than its header, or that does not fit, ends the list. */
static void read_madt(const struct acpi_table *madt, entry_reader *read_entry, void *into)
{
	u32 at = MADT_ENTRIES;

	for (u32 i = 0; i < MADT_ENTRIES_MOST && at + ENTRY_HEADER <= madt->length; i++) {
		u32 length = acpi_field(madt, at + ENTRY_LENGTH, 1);

		if (length < ENTRY_HEADER || length > madt->length - at)
			return;
		read_entry(madt, at, length, into);
		at += length;
	}
}

/* The MADT's address of the local APICs is not used: each CPU's own base register decides. */
bool acpi_find_cpus(physical_reader *read, struct cpu_list *list)
{
	struct acpi_root root;
	struct acpi_table madt;
	struct cpu_list named = {.count = 0};

	if (!acpi_open_root(read, &root) || !acpi_find_table(&root, "APIC", 0, &madt))
		return false;
	read_madt(&madt, read_cpu_entry, &named);
	read_madt(&madt, read_cpu_entry, list);
	return named.count;
}

/* -- All -- */

void acpi_find_devices(physical_reader *read, struct acpi_devices *d)
{
	struct acpi_register hpet;
	struct acpi_root root;
	struct acpi_table t;

	memset(d, 0, sizeof(*d));
	for (u32 irq = 0; irq < ACPI_ISA_IRQS; irq++)
		d->isa[irq].gsi = irq;
	if (!acpi_open_root(read, &root))
		return;
	if (acpi_find_table(&root, "FACP", 0, &t))
		read_fadt(&t, d);
	if (acpi_find_table(&root, "APIC", 0, &t))
		read_madt(&t, read_device_entry, d);
	if (!acpi_find_table(&root, "HPET", 0, &t))
		return;
	hpet = acpi_generic_register(&t, HPET_ADDRESS);
	if (hpet.space == ACPI_MEMORY)
		d->hpet = hpet.address;
}

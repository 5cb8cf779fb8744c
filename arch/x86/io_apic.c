/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 82093AA datasheet, 3.0: two registers in memory lead to all others. */
#include "arch/x86/io_apic.h"

#include "arch/x86/apic.h"
#include "arch/x86/host_windows.h"

#define SELECT 0x00
#define WINDOW 0x10

#define VERSION 0x01
#define VERSION_LAST_ENTRY_SHIFT 16
#define ENTRIES_MOST 240u
#define ENTRY_LOW(n) (0x10 + 2 * (n))
#define ENTRY_HIGH(n) (0x11 + 2 * (n))
#define NO_IO_APIC 0xFFFFFFFFu

#define ENTRY_DELIVERY (7u << 8)
#define DELIVERY_FIXED (0u << 8)
#define DELIVERY_LOWEST (1u << 8)
#define ENTRY_ACTIVE_LOW (1u << 13)
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_MASKED (1u << 16)
#define ENTRY_CPU_SHIFT 24

static struct io_apic {
	volatile u32 *registers;
	u32 first_gsi, entries;
} io_apics[ACPI_IO_APICS_MOST];
static u32 count;

static u32 io_apic_read(const struct io_apic *io, u32 at)
{
	io->registers[SELECT / sizeof(u32)] = at;
	return io->registers[WINDOW / sizeof(u32)];
}

static void io_apic_write(const struct io_apic *io, u32 at, u32 value)
{
	io->registers[SELECT / sizeof(u32)] = at;
	io->registers[WINDOW / sizeof(u32)] = value;
}

static void mask_vectors(const struct io_apic *io)
{
	for (u32 n = 0; n < io->entries; n++) {
		u32 low = io_apic_read(io, ENTRY_LOW(n)), delivery = low & ENTRY_DELIVERY;

		if (delivery == DELIVERY_FIXED || delivery == DELIVERY_LOWEST)
			io_apic_write(io, ENTRY_LOW(n), low | ENTRY_MASKED);
	}
}

/* Maps its registers; they may lie anywhere in a page. */
static volatile u32 *map(u32 address)
{
	u32 offset = address & FRAME_OFFSET_MASK;
	volatile u32 *page;

	if (address < MIB || offset % sizeof(u32) || offset > FRAME_SIZE - WINDOW - sizeof(u32))
		return NULL;
	page = host_map_device(to_pfn(address >> FRAME_SHIFT));
	return page ? page + offset / sizeof(u32) : NULL;
}

static void add(const struct acpi_io_apic *from)
{
	struct io_apic *io = &io_apics[count];
	u32 version;

	io->registers = map(from->address);
	if (!io->registers)
		return;
	version = io_apic_read(io, VERSION);
	io->first_gsi = from->first_gsi;
	io->entries = (version >> VERSION_LAST_ENTRY_SHIFT & 0xFF) + 1;
	if (!version || version == NO_IO_APIC || io->entries > ENTRIES_MOST)
		return;
	mask_vectors(io);
	count++;
}

void io_apic_init(const struct acpi_devices *devices)
{
	count = 0;
	if (!apic_is_on())
		return;
	for (u32 i = 0; i < devices->io_apic_count; i++)
		add(&devices->io_apics[i]);
}

static const struct io_apic *find(const struct acpi_isa_line *line)
{
	for (u32 i = 0; i < count; i++)
		if (line->gsi - io_apics[i].first_gsi < io_apics[i].entries)
			return &io_apics[i];
	return NULL;
}

bool io_apic_has(const struct acpi_isa_line *line)
{
	return find(line);
}

u32 io_apic_entry(const struct acpi_isa_line *line, u32 vector)
{
	return vector | DELIVERY_FIXED | (line->active_low ? ENTRY_ACTIVE_LOW : 0) |
	       (line->level_triggered ? ENTRY_LEVEL : 0);
}

void io_apic_unmask(const struct acpi_isa_line *line, u32 vector)
{
	const struct io_apic *io = find(line);
	u32 n;

	if (!io)
		return;
	n = line->gsi - io->first_gsi;
	io_apic_write(io, ENTRY_LOW(n), ENTRY_MASKED | vector);
	io_apic_write(io, ENTRY_HIGH(n), apic_number() << ENTRY_CPU_SHIFT);
	io_apic_write(io, ENTRY_LOW(n), io_apic_entry(line, vector));
}

void io_apic_mask(const struct acpi_isa_line *line)
{
	const struct io_apic *io = find(line);
	u32 n;

	if (!io)
		return;
	n = line->gsi - io->first_gsi;
	io_apic_write(io, ENTRY_LOW(n), io_apic_read(io, ENTRY_LOW(n)) | ENTRY_MASKED);
}

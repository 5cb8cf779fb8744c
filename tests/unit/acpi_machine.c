// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/acpi_machine.h"

#include <stdio.h>
#include <string.h>

#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"

/* -- Memory -- */

void put(u32 at, const void *bytes, u32 size)
{
	assert_true(at + size <= MEMORY);
	memcpy(machine_memory + at, bytes, size);
}

void put8(u32 at, u8 value)
{
	put(at, &value, sizeof(value));
}

void put32(u32 at, u32 value)
{
	put(at, &value, sizeof(value));
}

void put64(u32 at, u64 value)
{
	put(at, &value, sizeof(value));
}

bool read_memory(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from);

	if (at >= MEMORY || size > MEMORY - at)
		return false;
	memcpy(to, machine_memory + at, size);
	return true;
}

void *host_map_frame(u32 window, pfn_t frame)
{
	assert_int_equal(window, 0);
	return frame_bytes(frame);
}

/* -- Ports -- */

struct acpi_ports ports;

static void note(u16 port, u16 value)
{
	u32 used = strlen(ports.log);

	snprintf(ports.log + used, sizeof(ports.log) - used, "%x=%x ", port, value);
}

void outb(u16 port, u8 value)
{
	note(port, value);
	if (port == SMI && value == ACPI_ON && !ports.never_enters)
		ports.control[0] |= 1;
}

void outw(u16 port, u16 value)
{
	note(port, value);
	if (port == PM1A || port == PM1B)
		ports.control[port == PM1B] = value;
}

u8 inb(u16 port)
{
	fail_msg("port %x is read", port);
	return 0;
}

u16 inw(u16 port)
{
	ports.looks++;
	assert_true(port == PM1A || port == PM1B);
	return ports.control[port == PM1B];
}

/* -- Tables -- */

void put_header(u32 at, const char *signature, u32 length)
{
	put(at, signature, 4);
	put32(at + 4, length);
}

void put_rsdp(u32 at, u8 revision, u32 rsdt, u64 xsdt)
{
	u8 sum = 0;

	put(at, "RSD PTR ", 8);
	put8(at + 15, revision);
	put32(at + 16, rsdt);
	put32(at + 20, 36);
	put64(at + 24, xsdt);
	put8(at + 8, 0);
	put8(at + 32, 0);
	for (u32 i = 0; i < 20; i++)
		sum += machine_memory[at + i];
	put8(at + 8, -sum);
	sum = 0;
	for (u32 i = 0; i < 36; i++)
		sum += machine_memory[at + i];
	put8(at + 32, -sum);
}

void put_generic(u32 at, u8 space, u64 address)
{
	put8(at, space);
	put8(at + 1, 16);
	put64(at + 4, address);
}

/* Name (\_S5, ...) behind other bytes; the table ends with it. */
void put_s5(u32 table, const char *signature, const void *aml, u32 size)
{
	put(table + HEADER, "\x10\x05\\_SB_", 7);
	put(table + HEADER + 7, aml, size);
	put_header(table, signature, HEADER + 7 + size);
}

/* Tables of ACPI 1.0: PM1a and PM1b, types 5 and 6. */
int acpi_start(void **state)
{
	(void)state;
	machine_start(FRAMES);
	memset(machine_memory, 0, MEMORY);
	memset(&ports, 0, sizeof(ports));
	put_rsdp(RSDP, 0, RSDT, 0);
	put_header(RSDT, "RSDT", HEADER + 8);
	put32(RSDT + HEADER, OTHER);
	put32(RSDT + HEADER + 4, FADT);
	put_header(OTHER, "APIC", HEADER);
	put_header(FADT, "FACP", FADT_1_SIZE);
	put32(FADT + 40, DSDT);
	put32(FADT + 48, SMI);
	put8(FADT + 52, ACPI_ON);
	put32(FADT + 56, STATUS_A);
	put32(FADT + 60, STATUS_B);
	put32(FADT + 64, PM1A);
	put32(FADT + 68, PM1B);
	put_dsdt(S5("\x12\x08\x04\x0A\x05\x0A\x06\x00\x00"));
	return 0;
}

int acpi_stop(void **state)
{
	(void)state;
	machine_stop();
	return 0;
}

struct acpi_power found;

bool find(void)
{
	memset(&found, 0x5A, sizeof(found));
	return acpi_find(read_memory, &found);
}

void assert_types(u8 a, u8 b)
{
	assert_true(find());
	assert_int_equal(found.type_a, a);
	assert_int_equal(found.type_b, b);
}

void assert_register(struct acpi_register r, enum acpi_space space, u32 address)
{
	assert_int_equal(r.space, space);
	assert_int_equal(r.address, address);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching off: ACPI's soft-off state S5 (ACPI specification 2.0, 4.7.3.2 and 5.2), found with no
 * interpreter by the few bytes of the \_S5 package; then the ports of emulators without it; then
 * the BIOS (apm.S).
 */
#include "arch/x86/power.h"

#include "arch/x86/host_tables.h"
#include "arch/x86/io.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/pic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define DEBUG_EXIT_PORT 0xF4

#define EBDA_SEGMENT 0x40E /* the BIOS data area: where the extended one starts */
#define BIOS_START 0xE0000u
#define BIOS_END 0x100000u
#define EBDA_SEARCHED 0x400u
#define RSDP_STEP 16
#define RSDP_CHECKED 20
#define RSDT_LENGTH 4
#define RSDT_ENTRIES 36
#define RSDT_MOST_ENTRIES 64
#define FADT_DSDT 40
#define FADT_PM1A_CONTROL 64
#define FADT_PM1B_CONTROL 68
#define DSDT_MOST_BYTES 0x100000u

#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE (7u << PM1_SLEEP_TYPE_SHIFT)
#define PM1_SLEEP_ENABLE (1u << 13)

#define AML_PACKAGE 0x12
#define AML_BYTE 0x0A

#define QEMU_OLD_PM1 0xB004 /* also Bochs */
#define QEMU_PM1 0x604
#define SLEEP_NOW 0x2000
#define BOCHS_SHUTDOWN 0x8900

#define KEYBOARD_CONTROLLER 0x64
#define PULSE_RESET 0xFE
#define RESET_PATIENCE 100000u /* looks, of a microsecond each */

static u32 read32(u32 at)
{
	u32 value = 0;

	physical_read(to_paddr(at), &value, sizeof(value));
	return value;
}

static u8 read8(u32 at)
{
	u8 value = 0;

	physical_read(to_paddr(at), &value, sizeof(value));
	return value;
}

static bool is_rsdp(u32 at)
{
	u8 bytes[RSDP_CHECKED], sum = 0;

	if (!physical_read(to_paddr(at), bytes, sizeof(bytes)) || memcmp(bytes, "RSD PTR ", 8))
		return false;
	for (u32 i = 0; i < sizeof(bytes); i++)
		sum += bytes[i];
	return sum == 0;
}

static u32 find_rsdp_in(u32 start, u32 end)
{
	for (u32 at = start; at < end; at += RSDP_STEP)
		if (is_rsdp(at))
			return at;
	return 0;
}

/* The FADT's address, or 0. */
static u32 find_fadt(void)
{
	u32 ebda = (read32(EBDA_SEGMENT) & 0xFFFFu) << 4, rsdp, rsdt, entries;

	rsdp = ebda ? find_rsdp_in(ebda, ebda + EBDA_SEARCHED) : 0;
	if (!rsdp)
		rsdp = find_rsdp_in(BIOS_START, BIOS_END);
	if (!rsdp)
		return 0;
	rsdt = read32(rsdp + 16);
	entries = (read32(rsdt + RSDT_LENGTH) - RSDT_ENTRIES) / sizeof(u32);
	for (u32 i = 0; i < entries && i < RSDT_MOST_ENTRIES; i++) {
		u32 table = read32(rsdt + RSDT_ENTRIES + i * sizeof(u32));
		u32 signature = read32(table);

		if (!memcmp(&signature, "FACP", sizeof(signature)))
			return table;
	}
	return 0;
}

/* An integer in AML: a byte with its prefix, or the constants 0 and 1 by themselves. */
static u32 aml_integer(u32 *at)
{
	if (read8(*at) == AML_BYTE)
		++*at;
	return read8((*at)++);
}

/* Name (_S5_, Package () {type a, type b, ...}): the two sleep types. */
static bool find_sleep_types(u32 dsdt, u32 *type_a, u32 *type_b)
{
	u32 length = read32(dsdt + 4);

	for (u32 at = dsdt; length < DSDT_MOST_BYTES && at < dsdt + length; at++) {
		u32 package = at + 4;

		if (read8(at) != '_' || read32(at) != ('_' | 'S' << 8 | '5' << 16 | '_' << 24) ||
		    read8(package) != AML_PACKAGE)
			continue;
		package += 2 + (read8(package + 1) >> 6); /* its length takes 1 to 4 bytes ... */
		package++;                                /* ... then the element count */
		*type_a = aml_integer(&package);
		*type_b = aml_integer(&package);
		return true;
	}
	return false;
}

static void sleep_by(u32 port, u32 type)
{
	if (port)
		outw(port, (inw(port) & ~PM1_SLEEP_TYPE) | type << PM1_SLEEP_TYPE_SHIFT |
			       PM1_SLEEP_ENABLE);
}

static void acpi_off(void)
{
	u32 fadt = find_fadt(), type_a, type_b;

	if (!fadt || !find_sleep_types(read32(fadt + FADT_DSDT), &type_a, &type_b))
		return;
	sleep_by(read32(fadt + FADT_PM1A_CONTROL), type_a);
	sleep_by(read32(fadt + FADT_PM1B_CONTROL), type_b);
}

void debug_exit(u8 value)
{
	outb(DEBUG_EXIT_PORT, value);
}

void power_off(void)
{
	acpi_off();
	outw(QEMU_PM1, SLEEP_NOW);
	outw(QEMU_OLD_PM1, SLEEP_NOW);
	for (const char *c = "Shutdown"; *c; c++)
		outb(BOCHS_SHUTDOWN, *c);
}

/* By the keyboard controller, which has a line to the CPU's reset; where it has not, by a fault that no
 * table of gates can take (SDM vol. 3, 6.15: the CPU shuts down, and the chip set resets it). */
void machine_restart(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} PACKED nothing = {0, 0};

	outb(KEYBOARD_CONTROLLER, PULSE_RESET);
	for (u32 i = 0; i < RESET_PATIENCE; i++)
		inb(KEYBOARD_CONTROLLER);
	__asm__ volatile("lidt %0; ud2" : : "m"(nothing));
	__builtin_unreachable();
}

extern const u8 apm_start[], apm_end[]; /* apm.S */

/* Its place is below 1 MB, which is nobody's (boot/multiboot.c) and mapped one to one. */
void power_off_by_bios(void)
{
	void *place = frame_map(to_pfn(APM_LOAD >> FRAME_SHIFT));

	pic_mask_all(); /* they would come at vectors that mean something else to the BIOS */
	memcpy(place, apm_start, apm_end - apm_start);
	host_make_executable(to_pfn(APM_LOAD >> FRAME_SHIFT));
	((void (*)(void))place)();
	__builtin_unreachable();
}

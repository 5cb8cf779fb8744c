// SPDX-License-Identifier: GPL-2.0-or-later
/* ACPI's tables in memory of the test's own, good and bad, and the way to S5 by its ports and registers. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <string.h>

#include "arch/x86/acpi_sleep.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/io.h"
#include "mm/frame_map.h"

#define FRAMES 0x100u /* 1 MB */
#define MEMORY (FRAMES * FRAME_SIZE)

#define EBDA 0x9FC00u
#define RSDP 0xF0010u
#define RSDT 0xE1000u
#define XSDT 0xE2000u
#define FADT 0xE3000u
#define DSDT 0xE4000u
#define SSDT 0xE6000u
#define OTHER 0xE8000u
#define REGISTERS 0x80000u /* memory that stands for registers */

#define HEADER 36u
#define FADT_1_SIZE 116u
#define FADT_6_SIZE 276u

#define PM1A 0x404
#define PM1B 0x504
#define STATUS_A 0x400
#define STATUS_B 0x500
#define SMI 0xB2
#define ACPI_ON 0xF1

#define SPACE_MEMORY 0
#define SPACE_PORT 1
#define SPACE_PCI 2

#define ABOVE_4_GB (1ull << 32)

/* -- Memory ----------------------------------------------------------------------------------------- */

static void put(u32 at, const void *bytes, u32 size)
{
	assert_true(at + size <= MEMORY);
	memcpy(machine_memory + at, bytes, size);
}

static void put8(u32 at, u8 value)
{
	put(at, &value, sizeof(value));
}

static void put32(u32 at, u32 value)
{
	put(at, &value, sizeof(value));
}

static void put64(u32 at, u64 value)
{
	put(at, &value, sizeof(value));
}

static bool read_memory(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from);

	if (at >= MEMORY || size > MEMORY - at)
		return false;
	memcpy(to, machine_memory + at, size);
	return true;
}

void *host_map_slot(u32 slot, pfn_t frame)
{
	assert_int_equal(slot, 0);
	return frame_bytes(frame);
}

/* -- Ports -------------------------------------------------------------------------------------------- */

static struct {
	u16 control[2]; /* of PM1a and PM1b */
	bool never_enters;
	u32 looks;
	char log[256]; /* what was written: "PORT=VALUE " */
} ports;

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

/* -- Tables --------------------------------------------------------------------------------------------- */

static void put_header(u32 at, const char *signature, u32 length)
{
	put(at, signature, 4);
	put32(at + 4, length);
}

static void put_rsdp(u32 at, u8 revision, u32 rsdt, u64 xsdt)
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

static void put_generic(u32 at, u8 space, u64 address)
{
	put8(at, space);
	put8(at + 1, 16);
	put64(at + 4, address);
}

/* Name (\_S5, ...) behind other bytes; the table ends with it. */
static void put_s5(u32 table, const char *signature, const void *aml, u32 size)
{
	put(table + HEADER, "\x10\x05\\_SB_", 7);
	put(table + HEADER + 7, aml, size);
	put_header(table, signature, HEADER + 7 + size);
}

#define S5(bytes) "\x08_S5_" bytes
#define put_dsdt(bytes) put_s5(DSDT, "DSDT", bytes, sizeof(bytes) - 1)

/* Tables of ACPI 1.0: PM1a and PM1b, types 5 and 6. */
static int start(void **state)
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

static int stop(void **state)
{
	(void)state;
	machine_stop();
	return 0;
}

static struct acpi_power found;

static bool find(void)
{
	memset(&found, 0x5A, sizeof(found));
	return acpi_find(read_memory, &found);
}

static void assert_types(u8 a, u8 b)
{
	assert_true(find());
	assert_int_equal(found.type_a, a);
	assert_int_equal(found.type_b, b);
}

static void assert_register(struct acpi_register r, enum acpi_space space, u32 address)
{
	assert_int_equal(r.space, space);
	assert_int_equal(r.address, address);
}

/* -- Finding the tables ----------------------------------------------------------------------------------- */

static void tables_of_acpi_1(void **state)
{
	(void)state;
	assert_types(5, 6);
	assert_register(found.control_a, ACPI_PORT, PM1A);
	assert_register(found.control_b, ACPI_PORT, PM1B);
	assert_register(found.event_a, ACPI_PORT, STATUS_A);
	assert_int_equal(found.smi_command, SMI);
	assert_false(found.hardware_reduced);
}

static void the_rsdp_may_be_in_the_ebda(void **state)
{
	(void)state;
	put8(RSDP, 0);
	assert_false(find());
	put(0x40E, "\xC0\x9F", 2);
	put_rsdp(EBDA + 0x20, 0, RSDT, 0);
	assert_types(5, 6);
}

static void an_rsdp_with_a_wrong_sum_is_none(void **state)
{
	(void)state;
	put8(RSDP + 10, 1);
	assert_false(find());
}

/* The RSDT leads to a FADT of its own, whose types are others. */
static void the_xsdt_comes_first(void **state)
{
	(void)state;
	put_rsdp(RSDP, 2, OTHER, XSDT);
	put_header(XSDT, "XSDT", HEADER + 24);
	put64(XSDT + HEADER, ABOVE_4_GB | OTHER);
	put64(XSDT + HEADER + 8, OTHER);
	put64(XSDT + HEADER + 16, FADT);
	assert_types(5, 6);
}

static void an_xsdt_that_cannot_be_used(void **state)
{
	(void)state;
	put_rsdp(RSDP, 2, RSDT, ABOVE_4_GB | XSDT);
	assert_types(5, 6);
	put_rsdp(RSDP, 2, RSDT, 0);
	assert_types(5, 6);
	put_rsdp(RSDP, 2, RSDT, OTHER); /* which is no XSDT */
	assert_types(5, 6);
	put_header(XSDT, "XSDT", HEADER);
	put_rsdp(RSDP, 2, RSDT, XSDT);
	assert_false(find()); /* an XSDT without tables */
	put8(RSDP + 33, 1);   /* the second sum */
	assert_types(5, 6);
	put_rsdp(RSDP, 1, RSDT, XSDT); /* revision 1 has none */
	assert_types(5, 6);
}

static void lengths_that_cannot_be(void **state)
{
	static const u32 wrong[] = {0, 1, HEADER - 1, 0xFFFFFFFF, 0x80000000, 0xFFF1EFFF};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_header(RSDT, "RSDT", wrong[i]);
		find(); /* the sanitizers watch */
		put_header(RSDT, "RSDT", HEADER + 8);
		put_header(DSDT, "DSDT", wrong[i]);
		find();
		put_dsdt(S5("\x12\x08\x04\x0A\x05\x0A\x06\x00\x00"));
		put_header(FADT, "FACP", wrong[i]);
		find();
		put_header(FADT, "FACP", FADT_1_SIZE);
	}
	assert_types(5, 6);
	put_header(RSDT, "RSDT", HEADER + 4); /* without the FADT's entry */
	assert_false(find());
}

static void tables_that_lead_nowhere(void **state)
{
	(void)state;
	put32(RSDT + HEADER, 0xFFFFFFF0);
	assert_types(5, 6);
	put32(FADT + 40, 0xFFFFFFF0);
	assert_false(find());
	put32(FADT + 40, 0);
	assert_false(find());
	put_rsdp(RSDP, 0, MEMORY, 0);
	assert_false(find());
}

/* -- Registers ----------------------------------------------------------------------------------------------- */

static void extended_fields_count(void **state)
{
	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put_generic(FADT + 172, SPACE_PORT, 0x1804);
	put_generic(FADT + 184, SPACE_MEMORY, REGISTERS);
	put_generic(FADT + 148, SPACE_PORT, 0x1800);
	assert_true(find());
	assert_register(found.control_a, ACPI_PORT, 0x1804);
	assert_register(found.control_b, ACPI_MEMORY, REGISTERS);
	assert_register(found.event_a, ACPI_PORT, 0x1800);
	assert_register(found.event_b, ACPI_PORT, STATUS_B);
	put_header(FADT, "FACP", 172); /* a table that ends before them */
	assert_true(find());
	assert_register(found.control_a, ACPI_PORT, PM1A);
	put_header(FADT, "FACP", 178); /* or within one's address */
	assert_true(find());
	assert_register(found.control_a, ACPI_PORT, PM1A);
}

static void extended_fields_that_cannot_be_used(void **state)
{
	static const struct {
		u8 space;
		u64 address;
	} wrong[] = {
	    {SPACE_PORT, 0},
	    {SPACE_PCI, 0x1804},
	    {SPACE_PORT, 0x10000},
	    {SPACE_PORT, ABOVE_4_GB | 0x1804},
	    {SPACE_MEMORY, ABOVE_4_GB | REGISTERS},
	};

	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_generic(FADT + 172, wrong[i].space, wrong[i].address);
		assert_true(find());
		assert_register(found.control_a, ACPI_PORT, PM1A);
	}
	put32(FADT + 64, 0x10000);
	assert_false(find());
	put32(FADT + 64, PM1A + 1);
	assert_false(find());
}

static void the_extended_dsdt_counts(void **state)
{
	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put64(FADT + 140, DSDT);
	put32(FADT + 40, OTHER);
	assert_types(5, 6);
	put64(FADT + 140, ABOVE_4_GB | OTHER);
	put32(FADT + 40, DSDT);
	assert_types(5, 6);
}

/* -- \_S5 ------------------------------------------------------------------------------------------------------ */

#define assert_dsdt(bytes, a, b)                                                                   \
	do {                                                                                       \
		put_dsdt(bytes);                                                                   \
		assert_types(a, b);                                                                \
	} while (0)

static void integers_of_every_form(void **state)
{
	(void)state;
	assert_dsdt(S5("\x12\x08\x04\x0A\x05\x0A\x07\x00\x00"), 5, 7);
	assert_dsdt(S5("\x12\x0A\x04\x0B\x05\x00\x0B\x07\x00\x00\x00"), 5, 7);
	assert_dsdt(S5("\x12\x0E\x04\x0C\x05\x00\x00\x00\x0C\x07\x00\x00\x00\x00\x00"), 5, 7);
	assert_dsdt(
	    S5("\x12\x14\x02\x0E\x05\x00\x00\x00\x00\x00\x00\x00\x0E\x06\x00\x00\x00\x00\x00\x00\x00"),
	    5, 6);
	assert_dsdt(S5("\x12\x06\x04\x00\x01\x00\x00"), 0, 1);
	assert_dsdt(S5("\x12\x06\x04\x01\x00\x00\x00"), 1, 0);
	assert_dsdt(S5("\x12\x06\x04\xFF\xFF\x00\x00"), 7, 7);
	assert_dsdt(S5("\x12\x07\x02\x0B\x05\x12\x0A\x06"), 5, 6);
}

/* The package's length in 2, 3 and 4 bytes: it needs no more, but may have them. */
static void lengths_of_every_form(void **state)
{
	(void)state;
	assert_dsdt(S5("\x12\x47\x00\x02\x0A\x05\x0A\x06"), 5, 6);
	assert_dsdt(S5("\x12\x88\x00\x00\x02\x0A\x05\x0A\x06"), 5, 6);
	assert_dsdt(S5("\x12\xC9\x00\x00\x00\x02\x0A\x05\x0A\x06"), 5, 6);
	assert_dsdt("\x08\\_S5_\x12\x06\x02\x0A\x05\x0A\x06", 5, 6);
	assert_dsdt(S5("\x12\x04\x01\x0A\x05"), 5, 0);
	assert_dsdt(S5("\x12\x04\x02\x0A\x05"), 5, 0); /* fewer than it says */
}

#define refuse(bytes)                                                                              \
	do {                                                                                       \
		put_dsdt(bytes);                                                                   \
		assert_false(find());                                                              \
	} while (0)

static void packages_that_are_none(void **state)
{
	(void)state;
	refuse("\x08_S4_\x12\x06\x02\x0A\x05\x0A\x06"); /* another name */
	refuse("\x70_S5_\x12\x06\x02\x0A\x05\x0A\x06"); /* used, not defined */
	refuse(S5("\x14\x06\x02\x0A\x05\x0A\x06"));     /* a method */
	refuse(S5("\x12\x02\x00"));                     /* without elements */
	refuse(S5("\x12\x06\x02\x0D\x35\x00\x06"));     /* a string */
	refuse(S5("\x12\x06\x02\x0A\x05\x0D\x06"));
	refuse(S5("\x12\x03\x02\x0A\x05\x0A\x06")); /* ends in an element */
	refuse(S5("\x12\x40\x02\x0A\x05\x0A\x06")); /* ends before itself */
	refuse(S5("\x12\x00\x02\x0A\x05\x0A\x06"));
	refuse(S5("\x12\x07\x02\x0A\x05\x0A\x06")); /* ends behind the table */
	refuse(S5("\x12\xCF\xFF\xFF\xFF\x0A\x05\x0A\x06"));
	refuse(S5("\x12")); /* the table ends in it */
	refuse(S5("\x12\xC9"));
	refuse(S5(""));
	refuse("\x08_S5");
}

static void the_first_good_one_counts(void **state)
{
	(void)state;
	assert_dsdt(S5("\x12\x03\x02\x0D\x41") S5("\x12\x06\x02\x0A\x03\x0A\x04"), 3, 4);
}

static void an_ssdt_has_it(void **state)
{
	static const char s5[] = S5("\x12\x06\x02\x0A\x03\x0A\x04");

	(void)state;
	put_dsdt("\x08_S4_\x12\x06\x02\x0A\x05\x0A\x06");
	put_header(RSDT, "RSDT", HEADER + 16);
	put_header(OTHER, "SSDT", HEADER);
	put32(RSDT + HEADER + 8, SSDT);
	put32(RSDT + HEADER + 12, FADT);
	put_s5(SSDT, "SSDT", s5, sizeof(s5) - 1);
	assert_types(3, 4);
}

/* Any bytes in any table: the sanitizers watch, and it ends. */
static void rubbish_does_no_harm(void **state)
{
	static const u32 tables[] = {RSDT, FADT, DSDT, XSDT};

	(void)state;
	put_header(XSDT, "XSDT", HEADER + 24);
	put64(XSDT + HEADER, FADT);
	for (u32 i = 0; i < 20000; i++) {
		u32 at = tables[random_below(ARRAY_SIZE(tables))] + 4 + random_below(280);

		put8(at, random_below(4) ? random_below(256) : 0xFF);
		put_rsdp(RSDP, random_below(3), RSDT, XSDT);
		find();
		if (i % 50 == 0) {
			stop(NULL);
			start(NULL);
		}
	}
}

/* -- The way to S5 ------------------------------------------------------------------------------------------------ */

static void assert_written(const char *expected)
{
	assert_true(find());
	acpi_power_off(&found);
	assert_string_equal(ports.log, expected);
}

/* 0x1C00 is the type's field, 0x2000 starts the sleep. */
static void types_then_enable(void **state)
{
	(void)state;
	ports.control[0] = 0x0001;
	ports.control[1] = 0x1E06;
	assert_written("400=8000 500=8000 404=1401 504=1a06 404=3401 504=3a06 ");
}

static void acpi_mode_is_entered_first(void **state)
{
	(void)state;
	assert_written("b2=f1 400=8000 500=8000 404=1401 504=1800 404=3401 504=3800 ");
}

static void a_machine_without_smi(void **state)
{
	(void)state;
	put32(FADT + 48, 0);
	put32(FADT + 68, 0);
	put32(FADT + 60, 0);
	assert_written("400=8000 404=1400 404=3400 ");
}

static void acpi_mode_that_never_comes(void **state)
{
	(void)state;
	ports.never_enters = true;
	assert_written("b2=f1 400=8000 500=8000 404=1400 504=1800 404=3400 504=3800 ");
	assert_true(ports.looks < 4000000);
}

static void registers_in_memory(void **state)
{
	u16 *registers = (u16 *)(machine_memory + REGISTERS);

	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put_generic(FADT + 148, SPACE_MEMORY, REGISTERS + 0x10);
	put_generic(FADT + 172, SPACE_MEMORY, REGISTERS + FRAME_SIZE - 2);
	registers[FRAME_SIZE / 2 - 1] = 0x0203;
	assert_written("500=8000 504=1800 504=3800 ");
	assert_int_equal(registers[8], 0x8000);
	assert_int_equal(registers[FRAME_SIZE / 2 - 1], 0x3603);
}

static void hardware_reduced_machines(void **state)
{
	(void)state;
	put_header(FADT, "FACP", FADT_6_SIZE);
	put32(FADT + 112, 1 << 20);
	put_generic(FADT + 244, SPACE_PORT, 0x605);
	put_generic(FADT + 256, SPACE_MEMORY, REGISTERS + 3);
	assert_written("605=34 ");
	assert_int_equal(machine_memory[REGISTERS + 3], 0x80);
	put_generic(FADT + 244, SPACE_PORT, 0);
	assert_false(find());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ACPI_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)
	    ACPI_TEST(tables_of_acpi_1),
	    ACPI_TEST(the_rsdp_may_be_in_the_ebda),
	    ACPI_TEST(an_rsdp_with_a_wrong_sum_is_none),
	    ACPI_TEST(the_xsdt_comes_first),
	    ACPI_TEST(an_xsdt_that_cannot_be_used),
	    ACPI_TEST(lengths_that_cannot_be),
	    ACPI_TEST(tables_that_lead_nowhere),
	    ACPI_TEST(extended_fields_count),
	    ACPI_TEST(extended_fields_that_cannot_be_used),
	    ACPI_TEST(the_extended_dsdt_counts),
	    ACPI_TEST(integers_of_every_form),
	    ACPI_TEST(lengths_of_every_form),
	    ACPI_TEST(packages_that_are_none),
	    ACPI_TEST(the_first_good_one_counts),
	    ACPI_TEST(an_ssdt_has_it),
	    ACPI_TEST(rubbish_does_no_harm),
	    ACPI_TEST(types_then_enable),
	    ACPI_TEST(acpi_mode_is_entered_first),
	    ACPI_TEST(a_machine_without_smi),
	    ACPI_TEST(acpi_mode_that_never_comes),
	    ACPI_TEST(registers_in_memory),
	    ACPI_TEST(hardware_reduced_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* ACPI's tables, good and bad: the registers and sleep types that are found in them. */
#include "tests/unit/acpi_machine.h"

#include "arch/x86/acpi_tables.h"

#include <string.h>

/* -- Finding the tables -- */

static void tables_of_acpi_1_are_read(void **state)
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

/* Under UEFI it may be anywhere. If no RSDP is at the named address, it is searched. */
static void the_boot_loader_may_name_the_rsdp(void **state)
{
	(void)state;
	put_dsdt(S5("\x12\x06\x02\x0A\x05\x0A\x06"));
	put_rsdp(OTHER + 8, 0, RSDT, 0);
	acpi_set_rsdp(to_paddr(OTHER));
	assert_true(find());
	memset(machine_memory + RSDP, 0, 36);
	assert_false(find());
	acpi_set_rsdp(to_paddr(OTHER + 8));
	assert_true(find());
	acpi_set_rsdp(to_paddr(0));
	assert_false(find());
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

static void unusable_xsdt_leaves_the_rsdt(void **state)
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

static void wrong_lengths_do_no_harm(void **state)
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

static void missing_tables_are_not_found(void **state)
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

/* -- Registers -- */

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

static void unusable_extended_fields_leave_the_old_ones(void **state)
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

/* -- \_S5 -- */

#define assert_dsdt(bytes, a, b)                                                                   \
	do {                                                                                       \
		put_dsdt(bytes);                                                                   \
		assert_types(a, b);                                                                \
	} while (0)

static void integers_of_every_form_are_read(void **state)
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
static void lengths_of_every_form_are_read(void **state)
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

static void other_packages_are_refused(void **state)
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

static void first_valid_s5_package_is_used(void **state)
{
	(void)state;
	assert_dsdt(S5("\x12\x03\x02\x0D\x41") S5("\x12\x06\x02\x0A\x03\x0A\x04"), 3, 4);
}

static void s5_is_found_in_an_ssdt(void **state)
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

/* With any bytes in any table, the search ends, and the sanitizers find nothing. */
static void random_bytes_do_no_harm(void **state)
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
			acpi_stop(NULL);
			acpi_start(NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ACPI_TEST(tables_of_acpi_1_are_read),
	    ACPI_TEST(the_rsdp_may_be_in_the_ebda),
	    ACPI_TEST(the_boot_loader_may_name_the_rsdp),
	    ACPI_TEST(an_rsdp_with_a_wrong_sum_is_none),
	    ACPI_TEST(the_xsdt_comes_first),
	    ACPI_TEST(unusable_xsdt_leaves_the_rsdt),
	    ACPI_TEST(wrong_lengths_do_no_harm),
	    ACPI_TEST(missing_tables_are_not_found),
	    ACPI_TEST(extended_fields_count),
	    ACPI_TEST(unusable_extended_fields_leave_the_old_ones),
	    ACPI_TEST(the_extended_dsdt_counts),
	    ACPI_TEST(integers_of_every_form_are_read),
	    ACPI_TEST(lengths_of_every_form_are_read),
	    ACPI_TEST(other_packages_are_refused),
	    ACPI_TEST(first_valid_s5_package_is_used),
	    ACPI_TEST(s5_is_found_in_an_ssdt),
	    ACPI_TEST(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}

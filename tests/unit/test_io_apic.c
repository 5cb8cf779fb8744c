// SPDX-License-Identifier: GPL-2.0-or-later
/* I/O APICs as memory: which are taken for one, and what is written last. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/apic.h"
#include "arch/x86/io_apic.h"

#define ADDRESS 0xFEC00000u
#define SELECT 0
#define WINDOW 4 /* words */
#define VERSION_24_ENTRIES 0x00170020u
#define VECTOR 0xF1u

/* One page for each I/O APIC. Every register of it reads as the last value that was written. */
static u32 pages[ACPI_IO_APICS_MOST][1024];
static struct acpi_devices devices;

volatile u32 *host_map_device(pfn_t frame)
{
	return pages[pfn_value(frame) - (ADDRESS >> FRAME_SHIFT)];
}

bool apic_is_on(void)
{
	return true;
}

u32 apic_number(void)
{
	return 3;
}

static void start(u32 count, u32 version)
{
	memset(pages, 0, sizeof(pages));
	memset(&devices, 0, sizeof(devices));
	devices.io_apic_count = count;
	for (u32 i = 0; i < count; i++) {
		devices.io_apics[i] = (struct acpi_io_apic){ADDRESS + i * FRAME_SIZE, i * 24};
		pages[i][WINDOW] = version;
	}
	io_apic_init(&devices);
}

static bool has(u32 gsi)
{
	struct acpi_isa_line line = {.gsi = gsi};

	return io_apic_has(&line);
}

static void only_inputs_that_exist_are_found(void **state)
{
	(void)state;
	start(2, VERSION_24_ENTRIES);
	assert_true(has(0));
	assert_true(has(23));
	assert_true(has(24));
	assert_true(has(47));
	assert_false(has(48));
	assert_false(has(UINT32_MAX));
}

static void empty_memory_is_no_io_apic(void **state)
{
	(void)state;
	start(1, 0);
	assert_false(has(0));
	start(1, UINT32_MAX);
	assert_false(has(0));
	start(0, 0);
	assert_false(has(0));
}

static void odd_address_is_no_io_apic(void **state)
{
	static const u32 odd[] = {2, 0xFF0, 0xFFC};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(odd); i++) {
		memset(pages, 0x11, sizeof(pages));
		devices.io_apic_count = 1;
		devices.io_apics[0].address = ADDRESS + odd[i];
		io_apic_init(&devices);
		assert_false(has(0));
		assert_true(all_bytes_are(pages, 0x11, sizeof(pages)));
	}
}

static void entry_has_polarity_and_trigger_of_the_line(void **state)
{
	struct acpi_isa_line isa = {.gsi = 4}, pci = {9, true, true};

	(void)state;
	assert_int_equal(io_apic_entry(&isa, VECTOR), VECTOR);
	assert_int_equal(io_apic_entry(&pci, VECTOR), 0xA000 | VECTOR);
}

static void line_is_opened_and_closed_at_its_own_entry(void **state)
{
	struct acpi_isa_line line = {.gsi = 26};

	(void)state;
	start(2, VERSION_24_ENTRIES);
	pages[0][WINDOW] = 0;
	io_apic_unmask(&line, VECTOR);
	assert_int_equal(pages[1][SELECT], 0x10 + 2 * 2);
	assert_int_equal(pages[1][WINDOW], VECTOR);
	io_apic_mask(&line);
	assert_int_equal(pages[1][WINDOW], 0x10000 | VECTOR);
	assert_int_equal(pages[0][WINDOW], 0);
}

static void vectors_of_a_loader_are_masked(void **state)
{
	(void)state;
	start(1, VERSION_24_ENTRIES); /* which is an entry with fixed delivery, too */
	assert_int_equal(pages[0][WINDOW], 0x10000 | VERSION_24_ENTRIES);
	start(1, 0x00170720); /* and this is one with ExtINT */
	assert_int_equal(pages[0][WINDOW], 0x00170720);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_inputs_that_exist_are_found),
	    cmocka_unit_test(empty_memory_is_no_io_apic),
	    cmocka_unit_test(odd_address_is_no_io_apic),
	    cmocka_unit_test(entry_has_polarity_and_trigger_of_the_line),
	    cmocka_unit_test(line_is_opened_and_closed_at_its_own_entry),
	    cmocka_unit_test(vectors_of_a_loader_are_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

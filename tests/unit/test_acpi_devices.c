// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices that ACPI tables name, from good tables and from wrong ones. */
#include "tests/unit/acpi_machine.h"

#include <string.h>

#include "arch/x86/acpi_devices.h"
#include "arch/x86/apic.h"

#define MADT OTHER
#define HPET 0xE9000u
#define ENTRIES 44u
#define PM_PORT 0x608u

static struct acpi_devices devices;

bool apic_is_on(void)
{
	return false;
}

u32 apic_number(void)
{
	return 0;
}

static u32 madt_end;

static void find_devices(void)
{
	acpi_find_devices(read_memory, &devices);
}

static void put_entry(const void *bytes, u32 size)
{
	put(MADT + madt_end, bytes, size);
	madt_end += size;
	put_header(MADT, "APIC", madt_end);
}

static void put_hpet(u8 space, u64 address)
{
	put_header(HPET, "HPET", 56);
	put_generic(HPET + 40, space, address);
	put_header(RSDT, "RSDT", HEADER + 12);
	put32(RSDT + HEADER + 8, HPET);
}

/* A PC's: an I/O APIC, and the overrides of IRQ 0 and 9. */
static int start(void **state)
{
	acpi_start(state);
	madt_end = ENTRIES;
	put_entry("\x00\x08\x00\x00\x01\x00\x00\x00", 8);
	put_entry("\x01\x0C\x00\x00\x00\x00\xC0\xFE\x00\x00\x00\x00", 12);
	put_entry("\x02\x0A\x00\x00\x02\x00\x00\x00\x00\x00", 10);
	put_entry("\x02\x0A\x00\x09\x09\x00\x00\x00\x0F\x00", 10);
	put_header(FADT, "FACP", FADT_6_SIZE);
	put32(FADT + 76, PM_PORT);
	put8(FADT + 91, 4);
	return 0;
}

static void start_again(void **state)
{
	acpi_stop(state);
	start(state);
}

/* -- I/O APICs and lines -- */

static void overrides_lead_to_other_inputs(void **state)
{
	(void)state;
	find_devices();
	assert_int_equal(devices.io_apic_count, 1);
	assert_int_equal(devices.io_apics[0].address, 0xFEC00000);
	assert_int_equal(devices.io_apics[0].first_gsi, 0);
	assert_int_equal(devices.isa[0].gsi, 2);
	assert_false(devices.isa[0].level_triggered);
	assert_int_equal(devices.isa[4].gsi, 4);
	assert_int_equal(devices.isa[9].gsi, 9);
	assert_true(devices.isa[9].level_triggered);
	assert_true(devices.isa[9].active_low);
}

static void override_of_no_isa_line_is_ignored(void **state)
{
	(void)state;
	put_entry("\x02\x0A\x00\x10\x05\x00\x00\x00\x00\x00", 10); /* source 16 */
	put_entry("\x02\x0A\x01\x04\x05\x00\x00\x00\x00\x00", 10); /* another bus */
	put_entry("\x02\x08\x00\x04\x05\x00\x00\x00", 8);          /* too short */
	find_devices();
	assert_int_equal(devices.isa[4].gsi, 4);
}

static void more_io_apics_than_there_is_room_for_are_ignored(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2 * ACPI_IO_APICS_MOST; i++)
		put_entry("\x01\x0C\x01\x00\x00\x10\xC0\xFE\x18\x00\x00\x00", 12);
	find_devices();
	assert_int_equal(devices.io_apic_count, ACPI_IO_APICS_MOST);
}

static void wrong_entry_ends_the_list(void **state)
{
	static const char *const wrong[] = {"\x01\x00", "\x01\x01", "\x01\xFF"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		start_again(state);
		put_entry(wrong[i], 2);
		put_entry("\x02\x0A\x00\x04\x05\x00\x00\x00\x00\x00", 10);
		find_devices();
		assert_int_equal(devices.io_apic_count, 1);
		assert_int_equal(devices.isa[4].gsi, 4);
	}
}

static void madt_that_ends_early_is_read_as_far_as_it_goes(void **state)
{
	(void)state;
	for (u32 length = HEADER; length < madt_end; length++) {
		put_header(MADT, "APIC", length);
		find_devices(); /* the sanitizers watch */
		assert_int_equal(devices.io_apic_count, length >= ENTRIES + 20);
		assert_int_equal(devices.isa[0].gsi, length >= ENTRIES + 30 ? 2 : 0);
	}
}

static void random_madt_does_no_harm(void **state)
{
	(void)state;
	for (u32 round = 0; round < 2000; round++) {
		for (u32 i = 0; i < 200; i++)
			put8(MADT + ENTRIES + i, random_below(16));
		put_header(MADT, "APIC", random_below(300));
		find_devices();
		assert_true(devices.io_apic_count <= ACPI_IO_APICS_MOST);
	}
}

/* -- Timers -- */

static void pm_timer_is_a_port_of_24_or_32_bits(void **state)
{
	(void)state;
	find_devices();
	assert_register(devices.pm_timer, ACPI_PORT, PM_PORT);
	assert_false(devices.pm_timer_is_32_bits);
	put32(FADT + 112, 1 << 8);
	find_devices();
	assert_true(devices.pm_timer_is_32_bits);
}

static void extended_pm_timer_comes_first(void **state)
{
	(void)state;
	put_generic(FADT + 208, SPACE_MEMORY, 0xFED80808);
	find_devices();
	assert_register(devices.pm_timer, ACPI_MEMORY, 0xFED80808);
	put_generic(FADT + 208, SPACE_PORT, 0x708);
	find_devices();
	assert_register(devices.pm_timer, ACPI_PORT, 0x708);
	put_generic(FADT + 208, SPACE_PCI, 0x808);
	find_devices();
	assert_register(devices.pm_timer, ACPI_PORT, PM_PORT);
	put_generic(FADT + 208, SPACE_PORT, 0x10608);
	find_devices();
	assert_register(devices.pm_timer, ACPI_PORT, PM_PORT);
}

static void impossible_pm_timer_is_none(void **state)
{
	(void)state;
	put32(FADT + 76, 0x12345678);
	find_devices();
	assert_int_equal(devices.pm_timer.space, ACPI_NOWHERE);
	put32(FADT + 76, PM_PORT);
	put8(FADT + 91, 0);
	find_devices();
	assert_int_equal(devices.pm_timer.space, ACPI_NOWHERE);
}

static void hpet_is_in_memory_below_4_gb(void **state)
{
	(void)state;
	find_devices();
	assert_int_equal(devices.hpet, 0);
	put_hpet(SPACE_MEMORY, 0xFED00000);
	find_devices();
	assert_int_equal(devices.hpet, 0xFED00000);
	put_hpet(SPACE_PORT, 0x500);
	find_devices();
	assert_int_equal(devices.hpet, 0);
	put_hpet(SPACE_MEMORY, ABOVE_4_GB | 0xFED00000);
	find_devices();
	assert_int_equal(devices.hpet, 0);
	put_hpet(SPACE_MEMORY, 0xFED00000);
	put_header(HPET, "HPET", 47); /* the address ends behind it */
	find_devices();
	assert_int_equal(devices.hpet, 0);
}

/* -- The others -- */

static void reset_register_needs_its_flag(void **state)
{
	(void)state;
	put_generic(FADT + 116, SPACE_PORT, 0xCF9);
	put8(FADT + 128, 0x0F);
	find_devices();
	assert_int_equal(devices.reset.space, ACPI_NOWHERE);
	put32(FADT + 112, 1 << 10);
	find_devices();
	assert_register(devices.reset, ACPI_PORT, 0xCF9);
	assert_int_equal(devices.reset_value, 0x0F);
}

static void without_tables_each_line_leads_to_its_own_input(void **state)
{
	(void)state;
	put8(RSDP, 0);
	find_devices();
	assert_int_equal(devices.io_apic_count, 0);
	assert_int_equal(devices.isa[0].gsi, 0);
	assert_int_equal(devices.isa[15].gsi, 15);
	assert_int_equal(devices.pm_timer.space, ACPI_NOWHERE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, acpi_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(overrides_lead_to_other_inputs),
	    TEST(override_of_no_isa_line_is_ignored),
	    TEST(more_io_apics_than_there_is_room_for_are_ignored),
	    TEST(wrong_entry_ends_the_list),
	    TEST(madt_that_ends_early_is_read_as_far_as_it_goes),
	    TEST(random_madt_does_no_harm),
	    TEST(pm_timer_is_a_port_of_24_or_32_bits),
	    TEST(extended_pm_timer_comes_first),
	    TEST(impossible_pm_timer_is_none),
	    TEST(hpet_is_in_memory_below_4_gb),
	    TEST(reset_register_needs_its_flag),
	    TEST(without_tables_each_line_leads_to_its_own_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

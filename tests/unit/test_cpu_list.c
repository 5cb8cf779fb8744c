// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPUs that firmware names, by the MADT or the MP table, good and wrong. */
#include "tests/unit/acpi_machine.h"

#include <string.h>

#include "arch/x86/acpi_devices.h"
#include "arch/x86/apic.h"

#define MADT OTHER
#define ENTRIES 44u

#define POINTER 0xF2000u
#define TABLE 0xF3000u
#define TABLE_HEADER 44u
#define BASE_MEMORY 0x413u

static struct cpu_list list;
static u32 boot_cpu, madt_end, table_end, table_entries;
static bool apic_on;

bool apic_is_on(void)
{
	return apic_on;
}

u32 apic_number(void)
{
	assert_true(apic_on);
	return boot_cpu;
}

static void find_cpus(void)
{
	memset(&list, 0x5A, sizeof(list));
	cpu_list_find(read_memory, &list);
	assert_in_range(list.count, 1, CPUS_MAX);
	assert_int_equal(list.apic_ids[0], apic_on ? boot_cpu : 0);
	for (u32 i = 0; i < list.count; i++)
		for (u32 j = 0; j < i; j++)
			assert_int_not_equal(list.apic_ids[i], list.apic_ids[j]);
}

/* The CPUs must be these, in this order. */
static void assert_cpus(const u32 *ids, u32 count)
{
	find_cpus();
	assert_int_equal(list.count, count);
	for (u32 i = 0; i < count; i++)
		assert_int_equal(list.apic_ids[i], ids[i]);
}

#define CPUS(...)                                                                                  \
	assert_cpus((const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32))

/* -- MADT -- */

static void put_entry(const void *bytes, u32 size)
{
	put(MADT + madt_end, bytes, size);
	madt_end += size;
	put_header(MADT, "APIC", madt_end);
}

static void put_cpu(u8 apic_id, u32 flags)
{
	u8 entry[8] = {0, 8, 0x77, apic_id, flags};

	put_entry(entry, sizeof(entry));
}

static void put_x2apic_cpu(u32 apic_id, u32 flags)
{
	u8 entry[16] = {9, 16};

	memcpy(entry + 4, &apic_id, sizeof(apic_id));
	memcpy(entry + 8, &flags, sizeof(flags));
	put_entry(entry, sizeof(entry));
}

/* -- MP table -- */

static void set_sum(u32 at, u32 size, u32 checksum)
{
	u8 sum = 0;

	put8(at + checksum, 0);
	for (u32 i = 0; i < size; i++)
		sum += machine_memory[at + i];
	put8(at + checksum, -sum);
}

static void put_pointer(u32 at, u32 table, u8 configuration)
{
	put(at, "_MP_\0\0\0\0\1\4\0\0\0\0\0\0", 16);
	put32(at + 4, table);
	put8(at + 11, configuration);
	set_sum(at, 16, 10);
}

static void sum_table(void)
{
	set_sum(TABLE, table_end, 7);
}

static void end_table(void)
{
	put8(TABLE + 4, table_end);
	put8(TABLE + 5, table_end >> 8);
	put8(TABLE + 34, table_entries);
	put8(TABLE + 35, table_entries >> 8);
	sum_table();
}

static void put_mp_entry(const void *bytes, u32 size)
{
	put(TABLE + table_end, bytes, size);
	table_end += size;
	table_entries++;
	end_table();
}

static void put_mp_cpu(u8 apic_id, u8 flags)
{
	u8 entry[20] = {0, apic_id, 0x14, flags, 0x30, 6};

	put_mp_entry(entry, sizeof(entry));
}

static void start_table(void)
{
	table_end = TABLE_HEADER;
	table_entries = 0;
	put(TABLE, "PCMP\0\0\4", 7);
	end_table();
}

static int start(void **state)
{
	acpi_start(state);
	madt_end = ENTRIES;
	put_header(MADT, "APIC", madt_end);
	boot_cpu = 0;
	apic_on = true;
	return 0;
}

static int start_mp(void **state)
{
	start(state);
	put8(RSDP, 0);
	put_pointer(POINTER, TABLE, 0);
	start_table();
	put_mp_cpu(0, 3);
	put_mp_cpu(1, 1);
	put_mp_entry("\1\0PCI   ", 8);
	put_mp_cpu(6, 1);
	return 0;
}

/* -- Tests of the MADT -- */

static void cpus_come_in_the_order_of_the_table(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(4, 1);
	put_entry("\x01\x0C\x00\x00\x00\x00\xC0\xFE\x00\x00\x00\x00", 12);
	put_x2apic_cpu(300, 1);
	put_cpu(2, 1);
	CPUS(0, 4, 300, 2);
	assert_int_equal(list.beyond, 0);
}

static void boot_cpu_comes_first(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(1, 1);
	put_cpu(2, 1);
	boot_cpu = 2;
	CPUS(2, 0, 1);
	boot_cpu = 9; /* which the table lacks */
	CPUS(9, 0, 1, 2);
}

static void cpu_that_is_not_enabled_is_left_out(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(1, 0);
	put_cpu(2, 2); /* online capable */
	put_x2apic_cpu(3, 2);
	put_cpu(4, 0xFD);
	CPUS(0, 4);
}

static void broadcast_address_is_no_cpu(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(0xFF, 1);
	put_x2apic_cpu(0xFFFFFFFF, 1);
	CPUS(0);
	put_x2apic_cpu(0xFF, 1);
	CPUS(0, 0xFF);
}

static void each_id_counts_once(void **state)
{
	(void)state;
	put_cpu(1, 1);
	put_cpu(0, 1);
	put_cpu(1, 1);
	put_x2apic_cpu(1, 1);
	CPUS(0, 1);
}

static void entry_that_is_too_short_is_ignored(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_entry("\x00\x07\x00\x01\x01\x00\x00", 7);
	put_entry("\x09\x0F\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", 15);
	put_cpu(3, 1);
	CPUS(0, 3);
}

static void cpus_beyond_the_most_are_counted(void **state)
{
	(void)state;
	for (u32 id = 0; id < CPUS_MAX + 4; id++)
		put_cpu(id, 1);
	boot_cpu = CPUS_MAX + 2;
	find_cpus();
	assert_int_equal(list.count, CPUS_MAX);
	assert_int_equal(list.beyond, 4);
	assert_int_equal(list.apic_ids[CPUS_MAX - 1], CPUS_MAX - 2);
}

static void address_of_the_local_apics_changes_nothing(void **state)
{
	(void)state;
	put32(MADT + HEADER, 0x12345678);
	put_cpu(0, 1);
	put_cpu(1, 1);
	put_entry("\x05\x0C\x00\x00\x00\x00\xE0\xFE\x00\x00\x00\x00", 12);
	CPUS(0, 1);
}

static void madt_that_ends_early_is_read_as_far_as_it_goes(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(1, 1);
	put_x2apic_cpu(2, 1);
	for (u32 length = 0; length < madt_end; length++) {
		put_header(MADT, "APIC", length);
		find_cpus();
		assert_int_equal(list.count, length >= ENTRIES + 16 ? 2 : 1);
	}
}

static void random_madt_does_no_harm(void **state)
{
	(void)state;
	for (u32 round = 0; round < 2000; round++) {
		for (u32 i = 0; i < 200; i++)
			put8(MADT + ENTRIES + i, random_below(16));
		put_header(MADT, "APIC", random_below(300));
		find_cpus();
	}
}

static void mp_table_counts_only_without_cpus_in_the_madt(void **state)
{
	(void)state;
	put_pointer(POINTER, TABLE, 0);
	start_table();
	put_mp_cpu(5, 1);
	CPUS(0, 5);
	put_cpu(3, 0);
	CPUS(0, 5);
	put_cpu(3, 1);
	CPUS(0, 3);
}

static void without_local_apic_there_is_one_cpu(void **state)
{
	(void)state;
	put_cpu(0, 1);
	put_cpu(1, 1);
	apic_on = false;
	CPUS(0);
}

static void without_tables_there_is_one_cpu(void **state)
{
	(void)state;
	put8(RSDP, 0);
	boot_cpu = 5;
	CPUS(5);
}

/* -- Tests of the MP table -- */

static void mp_table_has_cpus_among_other_entries(void **state)
{
	(void)state;
	CPUS(0, 1, 6);
	boot_cpu = 6;
	CPUS(6, 0, 1);
}

static void mp_cpu_that_is_not_enabled_is_left_out(void **state)
{
	(void)state;
	put_mp_cpu(7, 2);
	put_mp_cpu(8, 1);
	CPUS(0, 1, 6, 8);
}

static void pointer_is_found_in_three_places(void **state)
{
	static const u32 places[] = {EBDA, EBDA + KIB - 16, 0x8F400, 0x8F7F0, 0xF0000, 0xFFFF0};

	(void)state;
	put(0x40E, "\xC0\x9F", 2);       /* the EBDA at EBDA */
	put(BASE_MEMORY, "\x3E\x02", 2); /* 574 KB end at 0x8F800 */
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		put8(POINTER, 0);
		CPUS(0);
		put_pointer(places[i], TABLE, 0);
		CPUS(0, 1, 6);
		put8(places[i], 0);
	}
}

static void pointer_elsewhere_is_not_found(void **state)
{
	static const u32 places[] = {0xEFFF0, EBDA + KIB, POINTER + 8, 0x9FBF0};

	(void)state;
	put(0x40E, "\xC0\x9F", 2);
	put8(POINTER, 0);
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		put_pointer(places[i], TABLE, 0);
		CPUS(0);
		put8(places[i], 0);
	}
}

/* Changes each of the `size` bytes at `at` in turn. */
static void any_wrong_byte_hides_the_table(u32 at, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		u8 good = machine_memory[at + i];

		put8(at + i, good ^ 0x10);
		CPUS(0);
		put8(at + i, good);
	}
	CPUS(0, 1, 6);
}

static void any_wrong_byte_of_the_pointer_hides_it(void **state)
{
	(void)state;
	any_wrong_byte_hides_the_table(POINTER, 16);
}

static void pointer_of_another_length_is_none(void **state)
{
	(void)state;
	put8(POINTER + 8, 2);
	set_sum(POINTER, 16, 10);
	CPUS(0);
}

static void any_wrong_byte_of_the_table_hides_it(void **state)
{
	(void)state;
	any_wrong_byte_hides_the_table(TABLE, table_end);
}

static void table_needs_its_signature(void **state)
{
	(void)state;
	put8(TABLE, 'Q');
	sum_table();
	CPUS(0);
}

static void default_configuration_has_two_cpus(void **state)
{
	(void)state;
	for (u32 configuration = 1; configuration < 256; configuration++) {
		put_pointer(POINTER, TABLE, configuration);
		boot_cpu = 0;
		find_cpus();
		assert_int_equal(list.count, configuration <= 7 ? 2 : 1);
		boot_cpu = 1;
		find_cpus();
		assert_int_equal(list.count, configuration <= 7 ? 2 : 1);
	}
}

static void pointer_to_nowhere_is_no_table(void **state)
{
	static const u32 wrong[] = {0, MEMORY, MEMORY - 10, 0xFFFFFFFF, 0xFFFFFFF0};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_pointer(POINTER, wrong[i], 0);
		CPUS(0);
	}
}

/* The count of entries is too large or too small; or the table's length is. */
static void entries_end_with_the_count_and_with_the_table(void **state)
{
	(void)state;
	table_entries = 2;
	end_table();
	CPUS(0, 1);
	table_entries = 0xFFFF;
	end_table();
	CPUS(0, 1, 6);
	for (u32 length = 0; length < table_end; length++) {
		put8(TABLE + 4, length);
		put8(TABLE + 5, 0);
		set_sum(TABLE, length, 7);
		find_cpus();
		assert_int_equal(list.count, length < TABLE_HEADER + 40 ? 1
					     : length == table_end      ? 3
									: 2);
	}
}

static void entry_of_unknown_type_ends_the_table(void **state)
{
	(void)state;
	put_mp_entry("\5\0\0\0\0\0\0\0", 8);
	put_mp_cpu(8, 1);
	CPUS(0, 1, 6);
}

static void random_mp_table_does_no_harm(void **state)
{
	(void)state;
	for (u32 round = 0; round < 2000; round++) {
		for (u32 i = 0; i < 400; i++)
			put8(TABLE + TABLE_HEADER + i, random_below(8));
		table_end = TABLE_HEADER + random_below(400);
		table_entries = random_below(100);
		end_table();
		find_cpus();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, acpi_stop)
#define MP_TEST(name) cmocka_unit_test_setup_teardown(name, start_mp, acpi_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(cpus_come_in_the_order_of_the_table),
	    TEST(boot_cpu_comes_first),
	    TEST(cpu_that_is_not_enabled_is_left_out),
	    TEST(broadcast_address_is_no_cpu),
	    TEST(each_id_counts_once),
	    TEST(entry_that_is_too_short_is_ignored),
	    TEST(cpus_beyond_the_most_are_counted),
	    TEST(address_of_the_local_apics_changes_nothing),
	    TEST(madt_that_ends_early_is_read_as_far_as_it_goes),
	    TEST(random_madt_does_no_harm),
	    TEST(mp_table_counts_only_without_cpus_in_the_madt),
	    TEST(without_local_apic_there_is_one_cpu),
	    TEST(without_tables_there_is_one_cpu),
	    MP_TEST(mp_table_has_cpus_among_other_entries),
	    MP_TEST(mp_cpu_that_is_not_enabled_is_left_out),
	    MP_TEST(pointer_is_found_in_three_places),
	    MP_TEST(pointer_elsewhere_is_not_found),
	    MP_TEST(any_wrong_byte_of_the_pointer_hides_it),
	    MP_TEST(pointer_of_another_length_is_none),
	    MP_TEST(any_wrong_byte_of_the_table_hides_it),
	    MP_TEST(table_needs_its_signature),
	    MP_TEST(default_configuration_has_two_cpus),
	    MP_TEST(pointer_to_nowhere_is_no_table),
	    MP_TEST(entries_end_with_the_count_and_with_the_table),
	    MP_TEST(entry_of_unknown_type_ends_the_table),
	    MP_TEST(random_mp_table_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

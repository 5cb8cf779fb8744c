// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory that the boot loader reports, and the list of ranges it becomes. */
#include "tests/unit/boot_window.h"

#include <string.h>

#define MB 256u /* frames in one MB */

static void wrong_multiboot_magic_is_refused(void **state)
{
	(void)state;
	assert_false(multiboot_parse(0x1BADB002, to_paddr(INFORMATION), read_window, &info));
	assert_non_null(strstr(info.warning, "Multiboot"));
	assert_sound();
	assert_false(multiboot_parse(MULTIBOOT_LOADER_MAGIC, to_paddr(WINDOW + WINDOW_SIZE - 51),
				     read_window, &info));
	assert_non_null(strstr(info.warning, "not in memory"));
	assert_false(multiboot_parse(MULTIBOOT_LOADER_MAGIC, to_paddr(~0u), read_window, &info));
	assert_sound();
}

static void without_any_flag_there_is_no_memory(void **state)
{
	(void)state;
	put32(INFORMATION + UPPER, 65536);
	put32(INFORMATION + MODS_COUNT, 7);
	assert_false(parse());
	assert_non_null(strstr(info.warning, "no usable memory"));
	assert_int_equal(info.ram_count, 0);
	assert_int_equal(info.module_count, 0);
	assert_string_equal(info.command_line, "");
	assert_int_equal(info.symbols_size, 0);
}

static void takes_upper_memory_without_a_map(void **state)
{
	(void)state;
	set_flag(FLAG_MEMORY);
	put32(INFORMATION + LOWER, 640);
	put32(INFORMATION + UPPER, 7 * 1024 + 3); /* 3 KB are no frame */
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 1 * MB, 8 * MB);
	put32(INFORMATION + UPPER, ~0u);
	assert_true(parse());
	assert_ram(0, 1 * MB, GB4_FRAMES);
	put32(INFORMATION + UPPER, 3);
	assert_false(parse());
}

static void prefers_the_map(void **state)
{
	(void)state;
	set_flag(FLAG_MEMORY);
	put32(INFORMATION + UPPER, 63 * 1024);
	add_map_entry(0, 0x9FC00, 1);
	add_map_entry(0x9FC00, 0x400, 2);
	add_map_entry(0xF0000, 0x10000, 2);
	add_map_entry(0x100000, 0x1EE0000, 1);
	add_map_entry(0x1FE0000, 0x20000, 2);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 1 * MB, 0x1FE0);
}

static void falls_back_when_the_map_has_no_memory(void **state)
{
	(void)state;
	set_flag(FLAG_MEMORY);
	put32(INFORMATION + UPPER, 7 * 1024);
	add_map_entry(0x400000, 0x100000, 2);
	assert_true(parse());
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 1 * MB, 4 * MB);
	assert_ram(1, 5 * MB, 8 * MB);
}

static void rounds_inwards_and_reserves_outwards(void **state)
{
	(void)state;
	add_map_entry(0x200001, 0x100FFE, 1); /* 0x200001 to 0x300FFF */
	add_map_entry(0x280FFF, 2, 2);        /* a byte each of two frames */
	add_map_entry(0x500800, 0x1000, 1);   /* no whole frame */
	add_map_entry(0x600000, 0, 1);
	add_map_entry(0x290800, 0, 2);
	assert_true(parse());
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 0x201, 0x280);
	assert_ram(1, 0x282, 0x300);
}

static void sorts_and_merges(void **state)
{
	(void)state;
	add_map_entry(0x800000, 0x100000, 1);
	add_map_entry(0x200000, 0x100000, 1);
	add_map_entry(0x280000, 0x100000, 1); /* overlaps */
	add_map_entry(0x380000, 0x80000, 1);  /* touches */
	add_map_entry(0x600000, 0x100000, 1);
	add_map_entry(0x500000, 0x600000, 1); /* swallows two */
	assert_true(parse());
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 2 * MB, 4 * MB);
	assert_ram(1, 5 * MB, 11 * MB);
}

static void reserved_wins_in_any_order(void **state)
{
	(void)state;
	add_map_entry(0x300000, 0x100000, 2);
	add_map_entry(0x100000, 0x700000, 1);
	add_map_entry(0x300000, 0x100000, 1);
	add_map_entry(0x500000, 0x1000, 0xFFFFFFFF);
	assert_true(parse());
	assert_int_equal(info.ram_count, 3);
	assert_ram(0, 1 * MB, 3 * MB);
	assert_ram(1, 4 * MB, 5 * MB);
	assert_ram(2, 0x501, 8 * MB);
}

static void clips_at_4_gb(void **state)
{
	(void)state;
	add_map_entry(0x100000000, 0x40000000, 1);
	add_map_entry(0xFFFFFFFFFFFFF000, 0x1000, 1);
	add_map_entry(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 2);
	add_map_entry(0xC0000000, 0x80000000, 1);
	assert_true(parse());
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 0xC0000, GB4_FRAMES);
	add_map_entry(0xFFFFF000, 0xFFFFFFFFFFFFFFFF, 2); /* the sum overflows */
	assert_true(parse());
	assert_ram(0, 0xC0000, GB4_FRAMES - 1);
	add_map_entry(0, 0xFFFFFFFFFFFFFFFF, 2);
	assert_false(parse());
}

static void leaves_the_first_megabyte_alone(void **state)
{
	(void)state;
	add_map_entry(0, 0x9F000, 1);
	assert_false(parse());
	add_map_entry(0x9F000, 0x70000, 1);
	assert_true(parse());
	assert_int_equal(info.ram_count, 1);
	assert_ram(0, 0x100, 0x10F);
}

/* ACPI 3.0 entries have 24 bytes; the list steps by what each entry says. */
static void takes_entries_of_any_length(void **state)
{
	(void)state;
	add_map_entry(0x100000, 0x100000, 1);
	put32(MAP, 24);
	map_end += 4;
	add_map_entry(0x400000, 0x100000, 1);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.ram_count, 2);
	assert_ram(1, 4 * MB, 5 * MB);
}

static void stops_at_hostile_entries(void **state)
{
	const u32 sizes[] = {0, 4, 19, 0x7FFFFFFF, 0xFFFFFFE8, 0xFFFFFFFC, 0xFFFFFFFF};
	u32 i;

	(void)state;
	add_map_entry(0x100000, 0x100000, 1);
	add_map_entry(0x400000, 0x100000, 1);
	add_map_entry(0x600000, 0x100000, 1);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		put32(MAP + 24, sizes[i]);
		assert_true(parse());
		assert_sound();
		assert_int_equal(info.ram_count, sizes[i] < 20 ? 1 : 2);
		assert_int_equal(info.warning != NULL, sizes[i] < 20);
	}
}

static void a_map_may_lie_about_its_length(void **state)
{
	(void)state;
	add_map_entry(0x100000, 0x100000, 1);
	put32(INFORMATION + MMAP_LENGTH, ~0u); /* entries of size 0 follow */
	assert_true(parse());
	assert_ram(0, 1 * MB, 2 * MB);
	assert_non_null(info.warning);
	put32(INFORMATION + MMAP_LENGTH, 23);
	assert_false(parse());
	add_map_entry(0x300000, 0x100000, 1);
	put32(INFORMATION + MMAP_ADDR, 0xFFFFFFF0);
	assert_false(parse());
	assert_sound();
}

static void has_room_for_so_many_ranges(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < BOOT_RANGES_MAX; i++)
		add_map_entry((u64)(2 + 2 * i) * 0x100000, 0x100000, 1);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.ram_count, BOOT_RANGES_MAX);
	add_map_entry(0x10000000, 0x100000, 1);
	add_map_entry(0x200000, 0x180000, 1); /* makes one longer: no new one */
	assert_true(parse());
	assert_non_null(strstr(info.warning, "too many ranges"));
	assert_int_equal(info.ram_count, BOOT_RANGES_MAX);
	assert_ram(0, 0x200, 0x380);
}

static void has_room_for_so_many_holes(void **state)
{
	u32 i;

	(void)state;
	add_map_entry(0x100000, 0x10000000, 1);
	for (i = 1; i <= BOOT_RANGES_MAX; i++)
		add_map_entry((u64)i * 0x200000, 0x1000, 2);
	assert_true(parse());
	assert_non_null(strstr(info.warning, "too many holes"));
	assert_int_equal(info.ram_count, BOOT_RANGES_MAX);
}

/* --- The list of ranges --- */

#define UNIVERSE 12u /* frames */

/* The list of the runs of ones in `bits`. */
static u32 ranges_from(u32 bits, struct frame_range *ranges)
{
	u32 count = 0, i;

	for (i = 0; i < UNIVERSE; i++) {
		if (!(bits >> i & 1))
			continue;
		if (count && ranges[count - 1].end == i)
			ranges[count - 1].end = i + 1;
		else
			ranges[count++] = (struct frame_range){i, i + 1};
	}
	return count;
}

static void removes_like_bits_from_a_word(void **state)
{
	struct frame_range ranges[BOOT_RANGES_MAX], expected[BOOT_RANGES_MAX];
	u32 bits, first, end, count, hole;

	(void)state;
	for (bits = 0; bits < 1u << UNIVERSE; bits++) {
		for (first = 0; first <= UNIVERSE; first++) {
			for (end = 0; end <= UNIVERSE; end++) {
				hole = first < end ? ((1u << (end - first)) - 1) << first : 0;
				count = ranges_from(bits, ranges);
				assert_true(ranges_remove(ranges, &count, first, end));
				assert_int_equal(count, ranges_from(bits & ~hole, expected));
				assert_memory_equal(ranges, expected, count * sizeof(*ranges));
			}
		}
	}
}

static void a_full_list_loses_the_smaller_part(void **state)
{
	struct frame_range ranges[BOOT_RANGES_MAX];
	u32 count = BOOT_RANGES_MAX, i;

	(void)state;
	for (i = 0; i < count; i++)
		ranges[i] = (struct frame_range){i * 100, i * 100 + 50};
	assert_false(ranges_remove(ranges, &count, 110, 120));
	assert_int_equal(count, BOOT_RANGES_MAX);
	assert_int_equal(ranges[1].first, 120);
	assert_int_equal(ranges[1].end, 150);
	assert_false(ranges_remove(ranges, &count, 240, 245));
	assert_int_equal(ranges[2].first, 200);
	assert_int_equal(ranges[2].end, 240);
	assert_true(ranges_remove(ranges, &count, 300, 350));
	assert_int_equal(count, BOOT_RANGES_MAX - 1);
	assert_true(ranges_remove(ranges, &count, 410, 420));
	assert_int_equal(count, BOOT_RANGES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    boot_test(wrong_multiboot_magic_is_refused),
	    boot_test(without_any_flag_there_is_no_memory),
	    boot_test(takes_upper_memory_without_a_map),
	    boot_test(prefers_the_map),
	    boot_test(falls_back_when_the_map_has_no_memory),
	    boot_test(rounds_inwards_and_reserves_outwards),
	    boot_test(sorts_and_merges),
	    boot_test(reserved_wins_in_any_order),
	    boot_test(clips_at_4_gb),
	    boot_test(leaves_the_first_megabyte_alone),
	    boot_test(takes_entries_of_any_length),
	    boot_test(stops_at_hostile_entries),
	    boot_test(a_map_may_lie_about_its_length),
	    boot_test(has_room_for_so_many_ranges),
	    boot_test(has_room_for_so_many_holes),
	    boot_test(removes_like_bits_from_a_word),
	    boot_test(a_full_list_loses_the_smaller_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

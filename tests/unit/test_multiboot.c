// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line, modules and symbols of the boot loader's information; and any information with
 * wrong bytes or an early end.
 */
#include "tests/unit/boot_window.h"

#include <string.h>

static void add_module(u32 start, u32 end, u32 string)
{
	u32 count = window[MODS_COUNT] | window[MODS_COUNT + 1] << 8, at = MODULES + count * 16;

	put32(at, start);
	put32(at + 4, end);
	put32(at + 8, string);
	set_flag(FLAG_MODULES);
	put32(INFORMATION + MODS_COUNT, count + 1);
	put32(INFORMATION + MODS_ADDR, MODULES);
}

static void put_section(u32 index, u32 type, u32 address, u32 size, u32 link)
{
	u32 at = SECTIONS + index * 40;

	put32(at + 4, type);
	put32(at + 12, address);
	put32(at + 20, size);
	put32(at + 24, link);
}

/* --- Strings and modules --- */

static void reads_the_command_line(void **state)
{
	(void)state;
	put_some_ram();
	set_flag(FLAG_LINE);
	put32(INFORMATION + COMMAND_LINE, STRING);
	put_string(STRING, "umbra console=serial stats");
	assert_true(parse());
	assert_string_equal(info.command_line, "umbra console=serial stats");
	assert_null(info.warning);
}

static void cuts_long_and_endless_strings(void **state)
{
	(void)state;
	put_some_ram();
	set_flag(FLAG_LINE);
	put32(INFORMATION + COMMAND_LINE, STRING);
	memset(window + (STRING - WINDOW), 'x', BOOT_STRING_SIZE - 1);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(strlen(info.command_line), BOOT_STRING_SIZE - 1);
	window[STRING - WINDOW + BOOT_STRING_SIZE - 1] = 'x';
	assert_true(parse());
	assert_non_null(strstr(info.warning, "too long"));
	assert_int_equal(strlen(info.command_line), BOOT_STRING_SIZE - 1);
	put32(INFORMATION + COMMAND_LINE, WINDOW + WINDOW_SIZE - 3);
	memset(window + WINDOW_SIZE - 3, 'y', 3);
	assert_true(parse());
	assert_non_null(strstr(info.warning, "does not end"));
	assert_string_equal(info.command_line, "yyy");
	put32(INFORMATION + COMMAND_LINE, ~0u);
	assert_true(parse());
	assert_string_equal(info.command_line, "");
}

static void lists_modules(void **state)
{
	(void)state;
	put_some_ram();
	put_string(STRING, "kernel name=a");
	put_string(STRING + 100, "initrd");
	add_module(0x200000, 0x210001, STRING);
	add_module(0x90000, 0x90000, STRING + 100);
	add_module(0xFFBFF000, 0xFFBFFFFF, 0);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.module_count, 3);
	assert_int_equal(info.modules_dropped, 0);
	assert_int_equal(paddr_value(info.modules[0].start), 0x200000);
	assert_int_equal(info.modules[0].size, 0x10001);
	assert_string_equal(info.modules[0].string, "kernel name=a");
	assert_int_equal(info.modules[1].size, 0);
	assert_string_equal(info.modules[1].string, "initrd");
	assert_int_equal(info.modules[2].size, 0xFFF);
	assert_string_equal(info.modules[2].string, "");
}

static void impossible_modules_are_dropped(void **state)
{
	(void)state;
	put_some_ram();
	add_module(0x200000, 0x1FFFFF, 0);
	add_module(0x300000, 0x300001, 0);
	assert_true(parse());
	assert_non_null(strstr(info.warning, "ends before it starts"));
	assert_int_equal(info.module_count, 1);
	assert_int_equal(info.modules_dropped, 1);
	assert_int_equal(paddr_value(info.modules[0].start), 0x300000);
}

/* Page 0 is absent, and in the last 4 MB is the hypervisor itself: the bytes next to them are
 * fine. */
static void drops_modules_out_of_reach(void **state)
{
	(void)state;
	put_some_ram();
	add_module(0xFFF, 0x2000, 0);
	add_module(0xFFBFFFFF, 0xFFC00001, 0);
	add_module(0xFFD00000, 0xFFD00001, 0);
	add_module(0x1000, 0x2000, 0);
	add_module(0xFFBFFFFF, 0xFFC00000, 0);
	add_module(0, 0, 0);
	assert_true(parse());
	assert_non_null(strstr(info.warning, "out of reach"));
	assert_int_equal(info.modules_dropped, 3);
	assert_int_equal(info.module_count, 3);
	assert_int_equal(paddr_value(info.modules[0].start), 0x1000);
	assert_int_equal(paddr_value(info.modules[1].start), 0xFFBFFFFF);
	assert_int_equal(info.modules[2].size, 0);
}

static void takes_0_to_384_modules(void **state)
{
	u32 i;

	(void)state;
	put_some_ram();
	set_flag(FLAG_MODULES);
	assert_true(parse());
	assert_int_equal(info.module_count, 0);
	for (i = 0; i < BOOT_MODULES_MAX; i++)
		add_module(0x200000 + i, 0x200000 + 2 * i, 0);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.module_count, BOOT_MODULES_MAX);
	assert_int_equal(info.modules[383].size, 383);
	add_module(0x200000, 0x200001, 0);
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.module_count, BOOT_MODULES_MAX);
	assert_int_equal(info.modules_beyond, 1);
	assert_int_equal(info.modules_dropped, 0);
}

static void strings_of_modules_have_32_kb(void **state)
{
	(void)state;
	put_some_ram();
	memset(window + (STRING - WINDOW), 'x', BOOT_STRING_SIZE - 1);
	for (u32 i = 0; i < 66; i++)
		add_module(0x200000, 0x200001, STRING);
	assert_true(parse());
	assert_int_equal(info.module_count, 64);
	assert_int_equal(strlen(info.modules[63].string), BOOT_STRING_SIZE - 1);
	assert_int_equal(info.modules_beyond, 2);
	assert_int_equal(info.modules_dropped, 0);
	assert_sound();
}

static void module_list_outside_memory_is_refused(void **state)
{
	(void)state;
	put_some_ram();
	add_module(0x200000, 0x200001, 0);
	put32(INFORMATION + MODS_COUNT, ~0u);
	put32(INFORMATION + MODS_ADDR, WINDOW + WINDOW_SIZE - 40);
	assert_true(parse());
	assert_int_equal(info.module_count, 2);
	assert_int_equal(info.modules_beyond, ~0u - BOOT_MODULES_MAX);
	assert_int_equal(info.modules_dropped, BOOT_MODULES_MAX - 2);
	put32(INFORMATION + MODS_ADDR, 0xFFFFFFF8);
	assert_true(parse());
	assert_int_equal(info.module_count, 0);
	assert_sound();
}

/* --- Symbols --- */

static void put_symbols(void)
{
	put_some_ram();
	set_flag(FLAG_ELF);
	put32(INFORMATION + ELF_NUM, 4);
	put32(INFORMATION + ELF_SIZE, 40);
	put32(INFORMATION + ELF_ADDR, SECTIONS);
	put_section(1, 1, 0x100000, 0x8000, 0);
	put_section(2, 2, 0x10A000, 0x1230, 3);
	put_section(3, 3, 0x10C000, 0x456, 0);
}

static void finds_symbols(void **state)
{
	(void)state;
	put_symbols();
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(paddr_value(info.symbols), 0x10A000);
	assert_int_equal(info.symbols_size, 0x1230);
	assert_int_equal(paddr_value(info.symbol_strings), 0x10C000);
	assert_int_equal(info.symbol_strings_size, 0x456);
}

static void assert_no_symbols(void)
{
	assert_true(parse());
	assert_int_equal(info.symbols_size, 0);
	assert_int_equal(info.symbol_strings_size, 0);
	assert_sound();
	empty_window(NULL);
	put_symbols();
}

static void missing_symbols_are_accepted(void **state)
{
	(void)state;
	put_symbols();
	put32(INFORMATION + ELF_NUM, 2); /* before the table */
	assert_no_symbols();
	put32(INFORMATION + ELF_NUM, 3); /* before its strings */
	assert_no_symbols();
	put32(INFORMATION + ELF_SIZE, 39);
	assert_no_symbols();
	put32(INFORMATION + ELF_ADDR, 0xFFFFFFF0);
	assert_no_symbols();
	put_section(2, 2, 0, 0x1230, 3); /* not loaded */
	assert_no_symbols();
	put_section(3, 3, 0, 0x456, 0);
	assert_no_symbols();
	put_section(2, 2, 0x10A000, 0, 3);
	assert_no_symbols();
	put_section(2, 2, 0xFFFFF000, 0x1001, 3); /* beyond 4 GB */
	assert_no_symbols();
	put_section(2, 2, 0x10A000, 0x1230, 1); /* linked to a section without strings */
	assert_no_symbols();
	put_section(2, 2, 0x10A000, 0x1230, ~0u);
	assert_no_symbols();
	put_section(2, 1, 0, 0, 0);
	put32(INFORMATION + ELF_NUM, ~0u); /* a search without end: the first 256 count */
	put_section(256, 2, 0x10A000, 0x1230, 3);
	assert_no_symbols();
	put_section(-10, 2, 0x10A000, 0x1230, 0); /* section 1, if addresses wrapped at 4 GB */
	put_section(0, 3, 0x10C000, 0x456, 0);
	put32(INFORMATION + ELF_SIZE, -10 * 40);
	assert_no_symbols();
}

/* --- Anything --- */

/* Information of every kind, without gaps; *end is its end. */
static u32 put_everything(void)
{
	const u32 modules = INFORMATION + 52, sections = modules + 32, map = sections + 120,
		  strings = map + 72;
	u32 i;

	set_flag(FLAG_MEMORY | FLAG_LINE | FLAG_MODULES | FLAG_ELF | FLAG_MAP);
	map_end = map;
	add_map_entry(0x100000, 0x800000, 1);
	add_map_entry(0x300000, 0x1000, 2);
	add_map_entry(0x900000, 0x1000, 1);
	put32(INFORMATION + MMAP_ADDR, map);
	put32(INFORMATION + MMAP_LENGTH, 72);
	put32(INFORMATION + UPPER, 1024);
	put32(INFORMATION + COMMAND_LINE, strings);
	put32(INFORMATION + MODS_ADDR, modules);
	put32(INFORMATION + MODS_COUNT, 2);
	put32(INFORMATION + ELF_ADDR, sections);
	put32(INFORMATION + ELF_NUM, 3);
	put32(INFORMATION + ELF_SIZE, 40);
	for (i = 0; i < 2; i++) {
		put32(modules + i * 16, 0x400000 + i * 0x1000);
		put32(modules + i * 16 + 4, 0x400100 + i * 0x1000);
		put32(modules + i * 16 + 8, strings + 4);
	}
	put32(sections + 40 + 4, 2);
	put32(sections + 40 + 12, 0x500000);
	put32(sections + 40 + 20, 0x100);
	put32(sections + 40 + 24, 2);
	put32(sections + 80 + 4, 3);
	put32(sections + 80 + 12, 0x501000);
	put32(sections + 80 + 20, 0x100);
	put_string(strings, "abc");
	put_string(strings + 4, "kernel");
	return strings + 11;
}

static void truncated_information_does_no_harm(void **state)
{
	u32 size = put_everything() - WINDOW;

	(void)state;
	for (readable = 0; readable <= size; readable++) {
		parse();
		assert_sound();
	}
	assert_true(parse());
	assert_null(info.warning);
	assert_int_equal(info.module_count, 2);
	assert_int_equal(info.ram_count, 2);
	assert_int_equal(info.symbols_size, 0x100);
}

static void wrong_bytes_do_no_harm(void **state)
{
	u32 size = put_everything() - WINDOW, at, value;
	u8 right;

	(void)state;
	for (at = 0; at < size; at++) {
		right = window[at];
		for (value = 0; value < 256; value++) {
			window[at] = (u8)value;
			parse();
			assert_sound();
		}
		window[at] = right;
	}
}

static void random_information_does_no_harm(void **state)
{
	u32 round, i;

	(void)state;
	for (round = 0; round < 2000; round++) {
		u32 size = put_everything() - WINDOW;

		for (i = 0; i < 1 + round % 20; i++)
			window[4 + random_below(size - 4)] = (u8)random_below(256);
		parse();
		assert_sound();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    boot_test(reads_the_command_line),
	    boot_test(cuts_long_and_endless_strings),
	    boot_test(lists_modules),
	    boot_test(impossible_modules_are_dropped),
	    boot_test(drops_modules_out_of_reach),
	    boot_test(takes_0_to_384_modules),
	    boot_test(strings_of_modules_have_32_kb),
	    boot_test(module_list_outside_memory_is_refused),
	    boot_test(finds_symbols),
	    boot_test(missing_symbols_are_accepted),
	    boot_test(truncated_information_does_no_harm),
	    boot_test(wrong_bytes_do_no_harm),
	    boot_test(random_information_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

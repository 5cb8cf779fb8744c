// SPDX-License-Identifier: GPL-2.0-or-later
/* The boot loader of the unit tests. */
#include "tests/unit/boot_window.h"

#include <string.h>

u8 window[WINDOW_SIZE];
u32 readable = WINDOW_SIZE;
u32 map_end;
struct boot_info info;

bool read_window(paddr_t from, void *to, u32 size)
{
	u32 offset = paddr_value(from) - WINDOW;

	if (offset > readable || size > readable - offset)
		return false;
	memcpy(to, window + offset, size);
	return true;
}

void put32(u32 at, u32 value)
{
	memcpy(window + (at - WINDOW), &value, sizeof(value));
}

static void put64(u32 at, u64 value)
{
	memcpy(window + (at - WINDOW), &value, sizeof(value));
}

void put_string(u32 at, const char *text)
{
	memcpy(window + (at - WINDOW), text, strlen(text) + 1);
}

void set_flag(u32 flag)
{
	put32(INFORMATION + FLAGS, window[FLAGS] | flag);
}

void add_map_entry(u64 base, u64 length, u32 type)
{
	put32(map_end, 20);
	put64(map_end + 4, base);
	put64(map_end + 12, length);
	put32(map_end + 20, type);
	map_end += 24;
	set_flag(FLAG_MAP);
	put32(INFORMATION + MMAP_ADDR, MAP);
	put32(INFORMATION + MMAP_LENGTH, map_end - MAP);
}

int empty_window(void **state)
{
	(void)state;
	memset(window, 0, sizeof(window));
	memset(&info, 0xA5, sizeof(info));
	readable = WINDOW_SIZE;
	map_end = MAP;
	return 0;
}

bool parse(void)
{
	return multiboot_parse(MULTIBOOT_LOADER_MAGIC, to_paddr(INFORMATION), read_window, &info);
}

void assert_ram(u32 index, u32 first, u32 end)
{
	assert_true(index < info.ram_count);
	assert_int_equal(info.ram[index].first, first);
	assert_int_equal(info.ram[index].end, end);
}

void assert_sound(void)
{
	u32 i, last = 0xFF;

	assert_in_range(info.ram_count, 0, BOOT_RANGES_MAX);
	for (i = 0; i < info.ram_count; i++) {
		assert_true(info.ram[i].first > last);
		assert_true(info.ram[i].end > info.ram[i].first);
		last = info.ram[i].end;
	}
	assert_true(last <= GB4_FRAMES);
	assert_in_range(info.module_count, 0, BOOT_MODULES_MAX);
	for (i = 0; i < info.module_count; i++) {
		assert_true(paddr_value(info.modules[i].start) <= ~0u - info.modules[i].size);
		assert_true(strnlen(info.modules[i].string, BOOT_STRING_SIZE) < BOOT_STRING_SIZE);
	}
	assert_true(strnlen(info.command_line, BOOT_STRING_SIZE) < BOOT_STRING_SIZE);
	assert_true((u64)paddr_value(info.symbols) + info.symbols_size <= 1ull << 32);
	assert_true(!info.symbols_size == !info.symbol_strings_size);
}

void put_some_ram(void)
{
	add_map_entry(0x100000, 0x700000, 1);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Multiboot 2: each tag that is read; and any information with wrong bytes or an early end. */
#include "tests/unit/boot_window.h"

#include <string.h>

/* From the specification, not from the code under test. */
enum {
	LINE = 1,
	MODULE = 3,
	BASIC = 4,
	MAP_TAG = 6,
	SCREEN = 8,
	ELF = 9,
	RSDP_1 = 14,
	RSDP_2 = 15,
	EFI_MAP = 17
};
#define MAGIC 0x36D76289u

static u32 end; /* where the next tag goes */

static u8 *at(u32 address)
{
	return window + (address - WINDOW);
}

/* Closes the list behind the last tag. */
static void close_list(void)
{
	put32(end, 0);
	put32(end + 4, 8);
	put32(INFORMATION, end + 8 - INFORMATION);
}

static void put_tag(u32 type, const void *bytes, u32 size)
{
	put32(end, type);
	put32(end + 4, 8 + size);
	memcpy(at(end + 8), bytes, size);
	end += (8 + size + 7) & ~7u;
	close_list();
}

static int empty_information(void **state)
{
	empty_window(state);
	end = INFORMATION + 8;
	close_list();
	return 0;
}

#define tag_test(name) cmocka_unit_test_setup(name, empty_information)

static bool parse_tags(void)
{
	return multiboot_parse(MAGIC, to_paddr(INFORMATION), read_window, &info);
}

struct entry {
	u64 base, length;
	u32 type, reserved;
};

struct efi_entry {
	u32 type, padding;
	u64 base, virtual_base, pages, attributes, more; /* 48 bytes, as most firmware has them */
};

static void put_map(const struct entry *entries, u32 count)
{
	u32 words[2 + 6 * 8] = {sizeof(struct entry), 0};

	memcpy(words + 2, entries, count * sizeof(*entries));
	put_tag(MAP_TAG, words, 8 + count * sizeof(*entries));
}

static void put_efi_map(const struct efi_entry *entries, u32 count)
{
	u32 words[2 + 12 * 8] = {sizeof(struct efi_entry), 1};

	memcpy(words + 2, entries, count * sizeof(*entries));
	put_tag(EFI_MAP, words, 8 + count * sizeof(*entries));
}

static void put_ram(void)
{
	put_map((struct entry[]){{0x100000, 0x700000, 1, 0}}, 1);
}

static void put_module(u32 start, u32 stop, const char *string)
{
	u8 bytes[64];

	memcpy(bytes, &start, 4);
	memcpy(bytes + 4, &stop, 4);
	strcpy((char *)bytes + 8, string);
	put_tag(MODULE, bytes, 8 + strlen(string) + 1);
}

static void reads_line_and_modules(void **state)
{
	(void)state;
	put_ram();
	put_tag(LINE, "umbra stats", 12);
	put_module(0x200000, 0x210001, "kernel name=a");
	put_module(0x300000, 0x300000, "");
	put_module(0x300001, 0x300000, "");
	assert_true(parse_tags());
	assert_string_equal(info.command_line, "umbra stats");
	assert_int_equal(info.module_count, 2);
	assert_int_equal(info.modules_dropped, 1);
	assert_int_equal(paddr_value(info.modules[0].start), 0x200000);
	assert_int_equal(info.modules[0].size, 0x10001);
	assert_string_equal(info.modules[0].string, "kernel name=a");
	assert_string_equal(info.modules[1].string, "");
	assert_int_equal(info.framebuffer.bits, 0);
	assert_int_equal(info.rsdp_size, 0);
}

static void takes_384_modules(void **state)
{
	(void)state;
	put_ram();
	for (u32 i = 0; i < BOOT_MODULES_MAX + 3; i++)
		put_module(0x200000, 0x200000 + i, "");
	assert_true(parse_tags());
	assert_int_equal(info.module_count, BOOT_MODULES_MAX);
	assert_int_equal(info.modules[383].size, 383);
	assert_int_equal(info.modules_beyond, 3);
}

static void reads_the_memory_map(void **state)
{
	(void)state;
	put_map((struct entry[]){{0, 0x9F000, 1, 0},
				 {0x100000, 0x700000, 1, 0},
				 {0x300800, 0x100, 2, 0},
				 {0x100000000, 0x100000000, 1, 0}},
		4);
	assert_true(parse_tags());
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 0x100, 0x300);
	assert_ram(1, 0x301, 0x800);
}

/* UEFI 7.2.3: 1 to 4 are the loader's and the boot services', 7 is free, all others are not RAM that
 * can be used. */
static void reads_the_map_of_efi(void **state)
{
	struct efi_entry entries[6];

	(void)state;
	for (u32 i = 0; i < 6; i++)
		entries[i] = (struct efi_entry){.type = (const u32[]){0, 1, 4, 5, 7, 9}[i],
						.base = 0x100000 * (i + 1),
						.pages = 0x100};
	put_efi_map(entries, 6);
	assert_true(parse_tags());
	assert_int_equal(info.ram_count, 2);
	assert_ram(0, 0x200, 0x400);
	assert_ram(1, 0x500, 0x600);
}

/* Memory that either map reserves is not used. */
static void both_maps_reserve(void **state)
{
	struct efi_entry runtime = {.type = 6, .base = 0x400000, .pages = 1};

	(void)state;
	put_efi_map(&runtime, 1);
	put_map((struct entry[]){{0x100000, 0x700000, 1, 0}, {0x200000, 0x1000, 2, 0}}, 2);
	assert_true(parse_tags());
	assert_int_equal(info.ram_count, 3);
	assert_ram(0, 0x100, 0x200);
	assert_ram(1, 0x201, 0x400);
	assert_ram(2, 0x401, 0x800);
}

static void without_a_map_upper_memory_counts(void **state)
{
	(void)state;
	put_tag(BASIC, (u32[]){640, 4096}, 8);
	assert_true(parse_tags());
	assert_ram(0, 0x100, 0x500);
	empty_information(NULL);
	assert_false(parse_tags());
	assert_non_null(strstr(info.warning, "no usable memory"));
}

static void entries_of_a_wrong_size_are_refused(void **state)
{
	u32 size;

	(void)state;
	put_ram();
	for (size = 0; size < 24; size++) {
		memcpy(at(INFORMATION + 16), &size, sizeof(size));
		assert_false(parse_tags());
	}
	put32(INFORMATION + 16, ~0u);
	assert_false(parse_tags());
	put32(INFORMATION + 16, 24);
	assert_true(parse_tags());
}

static void reads_the_framebuffer(void **state)
{
	static const u8 screen[] = {0, 0,    0,    0xFD, 1, 0,  0, 0, 0x80, 0x0C, 0, 0, 0x20, 3, 0,
				    0, 0x58, 0x02, 0,    0, 32, 1, 0, 0,    16,   8, 8, 7,    0, 6};
	static u8 text[sizeof(screen)];

	(void)state;
	put_ram();
	put_tag(SCREEN, screen, sizeof(screen));
	assert_true(parse_tags());
	assert_true(info.framebuffer.address == 0x1FD000000);
	assert_int_equal(info.framebuffer.pitch, 3200);
	assert_int_equal(info.framebuffer.width, 800);
	assert_int_equal(info.framebuffer.height, 600);
	assert_int_equal(info.framebuffer.bits, 32);
	assert_int_equal(info.framebuffer.red.at, 16);
	assert_int_equal(info.framebuffer.green.size, 7);
	assert_int_equal(info.framebuffer.blue.size, 6);
	for (u8 type = 0; type < 3; type += 2) { /* with a palette, and VGA's text */
		empty_information(NULL);
		put_ram();
		memcpy(text, screen, sizeof(text));
		text[21] = type;
		put_tag(SCREEN, text, sizeof(text));
		assert_true(parse_tags());
		assert_int_equal(info.framebuffer.bits, 0);
	}
}

static void copies_the_rsdp(void **state)
{
	u8 new_one[36], old_one[20];

	(void)state;
	memset(new_one, 2, sizeof(new_one));
	memset(old_one, 1, sizeof(old_one));
	put_ram();
	put_tag(RSDP_1, old_one, sizeof(old_one));
	assert_true(parse_tags());
	assert_int_equal(info.rsdp_size, 20);
	assert_memory_equal(info.rsdp, old_one, 20);
	put_tag(RSDP_2, new_one, sizeof(new_one));
	assert_true(parse_tags());
	assert_int_equal(info.rsdp_size, 36);
	assert_memory_equal(info.rsdp, new_one, 36);
	put32(INFORMATION + 8 + 40 + 32 + 4, 0xFFF0); /* longer than any */
	assert_true(parse_tags());
	assert_true(info.rsdp_size <= BOOT_RSDP_SIZE);
}

static void put_sections(void)
{
	u32 words[3 + 3 * 10] = {3, 40, 0};

	words[3 + 10 + 1] = 2;
	words[3 + 10 + 3] = 0x10A000;
	words[3 + 10 + 5] = 0x1230;
	words[3 + 10 + 6] = 2;
	words[3 + 20 + 1] = 3;
	words[3 + 20 + 3] = 0x10C000;
	words[3 + 20 + 5] = 0x456;
	put_tag(ELF, words, sizeof(words));
}

static void finds_symbols(void **state)
{
	(void)state;
	put_ram();
	put_sections();
	assert_true(parse_tags());
	assert_null(info.warning);
	assert_int_equal(paddr_value(info.symbols), 0x10A000);
	assert_int_equal(info.symbols_size, 0x1230);
	assert_int_equal(info.symbol_strings_size, 0x456);
}

static void put_everything(void)
{
	static const u8 screen[30] = {[15] = 4, [20] = 32, [21] = 1};
	struct efi_entry runtime = {.type = 6, .base = 0x400000, .pages = 1};

	empty_information(NULL);
	put_ram();
	put_tag(LINE, "umbra stats", 12);
	put_module(0x200000, 0x210001, "kernel name=a");
	put_efi_map(&runtime, 1);
	put_tag(SCREEN, screen, sizeof(screen));
	put_tag(RSDP_2, screen, sizeof(screen));
	put_sections();
}

static void truncated_information_does_no_harm(void **state)
{
	u32 size;

	(void)state;
	put_everything();
	size = end + 8 - WINDOW;
	for (readable = 0; readable <= size; readable++) {
		parse_tags();
		assert_sound();
	}
	assert_true(parse_tags());
	assert_null(info.warning);
	for (u32 length = 0; length < size; length++) {
		put32(INFORMATION, length);
		parse_tags();
		assert_sound();
	}
}

static void wrong_bytes_do_no_harm(void **state)
{
	u32 size;

	(void)state;
	put_everything();
	size = end + 8 - WINDOW;
	for (u32 i = 0; i < size; i++) {
		u8 right = window[i];

		for (u32 value = 0; value < 256; value++) {
			window[i] = (u8)value;
			parse_tags();
			assert_sound();
		}
		window[i] = right;
	}
}

static void random_information_does_no_harm(void **state)
{
	(void)state;
	for (u32 round = 0; round < 5000; round++) {
		put_everything();
		for (u32 i = 0; i < 1 + round % 20; i++)
			window[random_below(end + 8 - WINDOW)] = (u8)random_below(256);
		parse_tags();
		assert_sound();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    tag_test(reads_line_and_modules),
	    tag_test(takes_384_modules),
	    tag_test(reads_the_memory_map),
	    tag_test(reads_the_map_of_efi),
	    tag_test(both_maps_reserve),
	    tag_test(without_a_map_upper_memory_counts),
	    tag_test(entries_of_a_wrong_size_are_refused),
	    tag_test(reads_the_framebuffer),
	    tag_test(copies_the_rsdp),
	    tag_test(finds_symbols),
	    tag_test(truncated_information_does_no_harm),
	    tag_test(wrong_bytes_do_no_harm),
	    tag_test(random_information_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

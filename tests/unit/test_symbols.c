// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols of a guest's image: they are found in a good image, and no byte beyond a bad image is
 * read. */
#include "tests/unit/native.h"

#include <stdlib.h>
#include <string.h>

#include "hv/monitor/symbols.h"

/* An image of this test: header, two sections' headers behind an empty one, symbols, strings. */
enum {
	SHOFF = 32,
	SHENTSIZE = 46,
	SHNUM = 48,
	HEADERS = 52,
	HEADER = 40,
	SYMBOLS = HEADERS + 3 * HEADER + 1, /* at an odd place */
	SYMBOL = 16,
	STRINGS = SYMBOLS + 4 * SYMBOL,
	SIZE = STRINGS + 32,
};
enum { TYPE = 4, OFFSET = 16, BYTES = 20, LINK = 24 };

static u8 image[SIZE];
static struct symbols symbols;

static void put32(u32 at, u32 value)
{
	memcpy(image + at, &value, sizeof(value));
}

static void put_section(u32 index, u32 type, u32 offset, u32 bytes, u32 link)
{
	u32 at = HEADERS + index * HEADER;

	put32(at + TYPE, type);
	put32(at + OFFSET, offset);
	put32(at + BYTES, bytes);
	put32(at + LINK, link);
}

static void put_symbol(u32 index, u32 name, u32 value, u32 size, u8 info)
{
	u32 at = SYMBOLS + index * SYMBOL;

	put32(at, name);
	put32(at + 4, value);
	put32(at + 8, size);
	image[at + 12] = info;
}

static int start(void **state)
{
	(void)state;
	memset(image, 0, sizeof(image));
	memcpy(image, "\177ELF\1\1\1", 7);
	put32(SHOFF, HEADERS);
	image[SHENTSIZE] = HEADER;
	image[SHNUM] = 3;
	put_section(1, 2, SYMBOLS, 4 * SYMBOL, 2);
	put_section(2, 3, STRINGS, 32, 0);
	put_symbol(1, 1, 0xC0100000, 0x100, 0x12);
	put_symbol(2, 7, 0xC0100100, 0x40, 0x11); /* data */
	put_symbol(3, 13, 0xC0100100, 0x10, 0x02);
	memcpy(image + STRINGS, "\0start\0table\0main", 18);
	return 0;
}

/* From a copy of exactly `size` bytes, so that the sanitizer finds a read beyond it. */
static bool read_image(u32 size)
{
	static u8 *copy;

	free(copy);
	copy = malloc(size);
	memcpy(copy, image, size);
	return symbols_of_image(&symbols, (struct bytes){copy, size});
}

static void assert_is(u32 address, const char *name, u32 expected)
{
	u32 offset;
	const char *found = symbols_find(&symbols, address, &offset);

	assert_non_null(found);
	assert_string_equal(found, name);
	assert_int_equal(offset, expected);
}

static void finds_functions(void **state)
{
	u32 offset;

	(void)state;
	assert_true(read_image(SIZE));
	assert_is(0xC0100000, "start", 0);
	assert_is(0xC01000FF, "start", 0xFF);
	assert_is(0xC0100100, "main", 0);
	assert_null(symbols_find(&symbols, 0xC0100110, &offset)); /* data is no function */
	assert_null(symbols_find(&symbols, 0xC00FFFFF, &offset));
	assert_null(symbols_find(&symbols, 0, &offset));
}

static void refuses_strings_without_end(void **state)
{
	(void)state;
	image[SIZE - 1] = 'x';
	assert_false(read_image(SIZE));
	start(state);
	put_section(2, 3, STRINGS, 0, 0);
	assert_false(read_image(SIZE));
}

static void other_than_elf_is_refused(void **state)
{
	(void)state;
	assert_false(symbols_of_image(&symbols, (struct bytes){NULL, 0}));
	image[4] = 2; /* 64 bits */
	assert_false(read_image(SIZE));
	start(state);
	put_section(1, 3, SYMBOLS, 4 * SYMBOL, 2);
	assert_false(read_image(SIZE));
}

static void use(void)
{
	u32 offset;
	const char *name = symbols_find(&symbols, 0xC0100108, &offset);

	assert_true(!name || strlen(name) < SIZE);
	symbols_find(&symbols, 0x12345678, &offset);
}

static void truncated_images_do_no_harm(void **state)
{
	(void)state;
	for (u32 size = 0; size <= SIZE; size++)
		if (read_image(size))
			use();
}

static void changed_bytes_do_no_harm(void **state)
{
	static const u8 wrong[] = {0, 1, 0x7F, 0x80, 0xFF};

	for (u32 at = 0; at < SIZE; at++)
		for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
			start(state);
			image[at] = wrong[i];
			if (read_image(SIZE))
				use();
		}
	for (u32 i = 0; i < 20000; i++) {
		start(state);
		for (u32 j = 0; j < 6; j++)
			put32(random_below(SIZE - 3),
			      random_below(2) ? random_below(2 * SIZE) : 0u - random_below(SIZE));
		if (read_image(SIZE))
			use();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(finds_functions, start),
	    cmocka_unit_test_setup(refuses_strings_without_end, start),
	    cmocka_unit_test_setup(other_than_elf_is_refused, start),
	    cmocka_unit_test_setup(truncated_images_do_no_harm, start),
	    cmocka_unit_test_setup(changed_bytes_do_no_harm, start),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}

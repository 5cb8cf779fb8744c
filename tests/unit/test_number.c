// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers in text: every digit, the bounds, and text that is no number. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"

#define NOT_WRITTEN 0xA5A5A5A5u

static void assert_number(const char *text, u32 expected)
{
	u32 number = ~expected;

	assert_true(number_parse(text, strlen(text), &number));
	assert_int_equal(number, expected);
}

static void assert_scan(const char *text, enum number_outcome outcome, u32 expected, size_t length)
{
	u32 number = NOT_WRITTEN;
	size_t used = 77;

	assert_int_equal(number_scan(text, strlen(text), &number, &used), outcome);
	assert_int_equal(number, outcome == NUMBER_FOUND ? expected : NOT_WRITTEN);
	assert_int_equal(used, length);
}

static void decimal_and_hexadecimal_are_read(void **state)
{
	(void)state;
	assert_number("0", 0);
	assert_number("100", 100);
	assert_number("1234567890", 1234567890);
	assert_number("007", 7);
	assert_number("0x0", 0);
	assert_number("0xC0100123", 0xC0100123);
	assert_number("0x456789aB", 0x456789AB);
	assert_number("0XdDEeFf", 0xDDEEFF);
}

static void range_check_rejects_overflow(void **state)
{
	(void)state;
	assert_number("4294967295", UINT32_MAX);
	assert_number("0xffffffff", UINT32_MAX);
	assert_number("00000000000004294967295", UINT32_MAX);
	assert_scan("4294967296", NUMBER_TOO_LARGE, 0, 10);
	assert_scan("0x100000000", NUMBER_TOO_LARGE, 0, 11);
	assert_scan("8589934593", NUMBER_TOO_LARGE, 0, 10); /* 1, modulo 2^32 */
	assert_scan("99999999999999999999999K", NUMBER_TOO_LARGE, 0, 23);
}

static void only_whole_numbers_are_parsed(void **state)
{
	static const char *const wrong[] = {"",   "0x",  "12a", "-1",         "+1",          " 1",
					    "1 ", "0xg", "x1",  "4294967296", "0x100000000", "1.5",
					    "a",  "00x1"};
	u32 number = NOT_WRITTEN;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		if (number_parse(wrong[i], strlen(wrong[i]), &number))
			fail_msg("\"%s\" is no number", wrong[i]);
	assert_int_equal(number, NOT_WRITTEN);
}

static void scan_stops_behind_the_last_digit(void **state)
{
	(void)state;
	assert_scan("64M", NUMBER_FOUND, 64, 2);
	assert_scan("0x1fK", NUMBER_FOUND, 0x1F, 4);
	assert_scan("0x1g", NUMBER_FOUND, 1, 3);
	assert_scan("9/", NUMBER_FOUND, 9, 1); /* the characters beside the digits */
	assert_scan("9:", NUMBER_FOUND, 9, 1);
	assert_scan("0xF@", NUMBER_FOUND, 15, 3);
	assert_scan("0xfG`", NUMBER_FOUND, 15, 3);
	assert_scan("", NUMBER_MISSING, 0, 0);
	assert_scan("M", NUMBER_MISSING, 0, 0);
	assert_scan("0xM", NUMBER_MISSING, 0, 2);
}

/* From copies of exactly `length` characters, so that the sanitizer finds a read beyond them. */
static void length_bounds_the_text(void **state)
{
	const char text[] = "0x12345678";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		char *copy = malloc(length ? length : 1);
		size_t used;
		u32 number;

		memcpy(copy, text, length);
		assert_int_equal(number_scan(copy, length, &number, &used),
				 length == 0 || length == 2 ? NUMBER_MISSING : NUMBER_FOUND);
		assert_int_equal(used, length);
		free(copy);
	}
}

/* Compared with the C library. */
static void any_number_is_read_back(void **state)
{
	char text[16];

	(void)state;
	for (u32 i = 0; i < 10000; i++) {
		u32 number = random_below(UINT32_MAX);

		snprintf(text, sizeof(text), i % 2 ? "%u" : "0x%x", number);
		assert_number(text, number);
	}
}

static void lists_of_numbers_become_bits(void **state)
{
	static const struct {
		const char *text;
		u32 bits;
	} good[] = {{"0", 1},         {"0,2", 5},       {"1-3", 14},   {"0-0", 1},
		    {"15", 1u << 15}, {"0-15", 0xFFFF}, {"3,1,3", 10}, {"0x2,4-5", 0x34}};
	static const char *const bad[] = {"",    ",",     "0,",         ",0",   "16", "3-1",
					  "1-",  "-1",    "1-16",       "1--2", "a",  "1 2",
					  "1;2", "1-2-3", "4294967296", "0,,1"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		u32 bits = 0;

		assert_true(number_list_parse(good[i].text, 16, &bits));
		assert_int_equal(bits, good[i].bits);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		u32 bits = 0xAA;

		assert_false(number_list_parse(bad[i], 16, &bits));
		assert_int_equal(bits, 0xAA);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decimal_and_hexadecimal_are_read),
	    cmocka_unit_test(range_check_rejects_overflow),
	    cmocka_unit_test(only_whole_numbers_are_parsed),
	    cmocka_unit_test(scan_stops_behind_the_last_digit),
	    cmocka_unit_test(length_bounds_the_text),
	    cmocka_unit_test(any_number_is_read_back),
	    cmocka_unit_test(lists_of_numbers_become_bits),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}

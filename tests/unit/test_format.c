// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/format.c compared with the C library's snprintf, for the formats that both define alike. */
#include "tests/unit/native.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Ours beside the C library's, as in renamed.h. */
#define snprintf tested_snprintf
#define vsnprintf tested_vsnprintf
#include "lib/format.h"
#undef snprintf
#undef vsnprintf
#include "lib/math64.h"

#define TEXT_SIZE 8192

static char ours[TEXT_SIZE], theirs[TEXT_SIZE];

/* Both must print the same and return the same. */
#define assert_same(...)                                                                           \
	do {                                                                                       \
		int length = tested_snprintf(ours, sizeof(ours), __VA_ARGS__);                     \
                                                                                                   \
		assert_int_equal(length, snprintf(theirs, sizeof(theirs), __VA_ARGS__));           \
		assert_string_equal(ours, theirs);                                                 \
	} while (0)

#define assert_prints(expected, ...)                                                               \
	do {                                                                                       \
		assert_int_equal(tested_snprintf(ours, sizeof(ours), __VA_ARGS__),                 \
				 strlen(expected));                                                \
		assert_string_equal(ours, expected);                                               \
	} while (0)

static const char *const flags[] = {"", "-", "0", "#", "-0", "0#", "#-", "#0-"};
static const char *const widths[] = {"", "1", "3", "8", "24"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".5", ".22"};
static const char *const conversions[] = {"d", "i", "u", "x", "X"};

static const long long values[] = {
    0,         1,          -1,      9,       10,       127,       128,
    255,       256,        -128,    -129,    32767,    32768,     65535,
    65536,     1234567890, INT_MAX, INT_MIN, UINT_MAX, 1LL << 32, 0x123456789ABCDEF0,
    LLONG_MAX, LLONG_MIN};

/* Every number, in this format, with an argument of the type that `length` names. */
static void check_values(const char *text, const char *length)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (!strcmp(length, "ll"))
			assert_same(text, values[i]);
		else if (!strcmp(length, "l") || !strcmp(length, "z"))
			assert_same(text, (long)values[i]);
		else
			assert_same(text, (int)values[i]);
	}
}

/* `start` is a conversion up to its precision. */
static void check_conversions(const char *start, const char *length)
{
	char text[32];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(conversions); i++) {
		snprintf(text, sizeof(text), "<%s%s%s>", start, length, conversions[i]);
		check_values(text, length);
	}
}

static void check_numbers(const char *length)
{
	u32 flag, width, precision;
	char start[16];

	for (flag = 0; flag < ARRAY_SIZE(flags); flag++) {
		for (width = 0; width < ARRAY_SIZE(widths); width++) {
			for (precision = 0; precision < ARRAY_SIZE(precisions); precision++) {
				snprintf(start, sizeof(start), "%%%s%s%s", flags[flag],
					 widths[width], precisions[precision]);
				check_conversions(start, length);
			}
		}
	}
}

static void numbers_of_every_length(void **state)
{
	const char *const lengths[] = {"", "hh", "h", "l", "ll", "z"};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		check_numbers(lengths[i]);
}

static void strings_and_characters(void **state)
{
	const char unterminated[3] = {'a', 'b', 'c'};
	const char *volatile missing = NULL; /* or the compiler objects */

	(void)state;
	assert_same("%s|%5s|%-5s|%.2s|%5.1s|%-5.0s|", "abc", "abc", "abc", "abc", "abc", "abc");
	assert_same("%2s|%.9s|", "abc", "abc");
	assert_same("%.3s|", unterminated);
	assert_same("%c%3c%-3c|%%", 'a', 'b', 'c');
	assert_prints("(null)", "%s", missing);
	assert_int_equal(tested_snprintf(ours, 3, "%c", '\0'), 1);
}

static void star_takes_width_from_argument(void **state)
{
	(void)state;
	assert_same("%*d|%-*d|%*d|", 5, 42, 5, 42, -5, 42);
	assert_same("%.*d|%.*d|%.*s|%.*s|", 5, 42, -5, 42, 2, "abc", -1, "abc");
	assert_same("%0*x|", 9, 0xABu);
}

static void pointers_show_all_their_digits(void **state)
{
	(void)state;
	assert_prints("0x0000000000001000", "%p", (void *)0x1000);
	assert_prints("  0x0000000000000000|", "%20p|", (void *)0);
	assert_prints("0xfedcba9876543210  |", "%-20p|", (void *)0xFEDCBA9876543210);
}

/* The formats are wrong on purpose; a pointer hides them from the compiler's check. */
static void unknown_conversion_is_copied(void **state)
{
	const char *const formats[] = {"%",     "100%",  "%y", "%-5",  "%08.3lly",
				       "%hhhd", "%llld", "%n", "%zld", "%f"};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		assert_prints(formats[i], formats[i], 1);
}

static void widths_are_bounded(void **state)
{
	const char *const formats[] = {"%99999d", "%99999999999999999999d", "%.99999d", "%*d"};
	volatile int lowest = INT_MIN; /* or the compiler objects */
	u32 i;
	int length;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		length = tested_snprintf(ours, sizeof(ours), formats[i], INT_MAX, 1);
		assert_true(length >= 4096 && length < TEXT_SIZE);
	}
	length = tested_snprintf(ours, sizeof(ours), "%*d", lowest, 1);
	assert_true(length >= 4096 && length < TEXT_SIZE);
}

static void output_is_truncated_to_buffer(void **state)
{
	char small[12];
	size_t size;

	(void)state;
	for (size = 0; size <= sizeof(small); size++) {
		memset(small, '!', sizeof(small));
		assert_int_equal(tested_snprintf(small, size, "%s-%d", "umbra", 1234), 10);
		if (size)
			assert_int_equal(strlen(small), size > 10 ? 10 : size - 1);
		assert_memory_equal(small, "umbra-1234", size > 10 ? 10 : size ? size - 1 : 0);
		assert_true(all_bytes_are(small + size, '!', sizeof(small) - size));
	}
	assert_int_equal(tested_snprintf(NULL, 0, "%s", "umbra"), 5);
}

static void collect(char c, void *context)
{
	char **end = context;

	*(*end)++ = c;
}

static void format_to(format_sink *sink, void *context, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(sink, context, text, arguments);
	va_end(arguments);
}

static void sink_gets_each_character(void **state)
{
	char *end = ours;

	(void)state;
	format_to(collect, &end, "%d %s %x", -7, "frames", 0xFFu);
	*end = '\0';
	assert_string_equal(ours, "-7 frames ff");
}

static void divides_64_by_32_bits(void **state)
{
	const u32 divisors[] = {1, 2, 3, 10, 16, 1000000000, 0x80000000, 0xFFFFFFFF};
	u32 i, j, remainder;
	u64 value;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(divisors); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			value = (u64)values[j];
			assert_true(divide(value, divisors[i], &remainder) == value / divisors[i]);
			assert_int_equal(remainder, value % divisors[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_of_every_length),
	    cmocka_unit_test(strings_and_characters),
	    cmocka_unit_test(star_takes_width_from_argument),
	    cmocka_unit_test(pointers_show_all_their_digits),
	    cmocka_unit_test(unknown_conversion_is_copied),
	    cmocka_unit_test(widths_are_bounded),
	    cmocka_unit_test(output_is_truncated_to_buffer),
	    cmocka_unit_test(sink_gets_each_character),
	    cmocka_unit_test(divides_64_by_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

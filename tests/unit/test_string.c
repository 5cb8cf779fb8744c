// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/string.c compared with simple loops: every small size at every alignment and overlap. */
#include "tests/unit/native.h"
#include "tests/unit/renamed.h"
#include "lib/string.h"

#define ARENA 160
#define SIZES 70
#define ALIGNMENTS 8
#define MARK 0xEE /* not among the patterns below */

static u8 arena[ARENA], expected[ARENA];

/* Both arenas: the byte at i is i + 1. */
static void fill_pattern(void)
{
	u32 i;

	for (i = 0; i < ARENA; i++)
		arena[i] = expected[i] = i + 1;
}

static void assert_as_expected(void)
{
	assert_memory_equal(arena, expected, ARENA);
}

static void copies_exactly_what_it_is_told(void **state)
{
	u8 source[SIZES + ALIGNMENTS];
	u32 size, to, from, i;

	(void)state;
	for (i = 0; i < sizeof(source); i++)
		source[i] = 0x80 + i;
	for (size = 0; size < SIZES; size++) {
		for (to = 0; to < ALIGNMENTS; to++) {
			from = (to + size) % ALIGNMENTS;
			fill_pattern();
			for (i = 0; i < size; i++)
				expected[to + i] = source[from + i];
			assert_ptr_equal(memcpy(arena + to, source + from, size), arena + to);
			assert_as_expected();
		}
	}
}

static void fills_exactly_what_it_is_told(void **state)
{
	const int values[] = {0, MARK, -1, 0x1234};
	u32 size, to, i, which;

	(void)state;
	for (size = 0; size < SIZES; size++) {
		for (to = 0; to < ALIGNMENTS; to++) {
			which = (size + to) % ARRAY_SIZE(values);
			fill_pattern();
			for (i = 0; i < size; i++)
				expected[to + i] = (u8)values[which];
			assert_ptr_equal(memset(arena + to, values[which], size), arena + to);
			assert_as_expected();
		}
	}
}

static void fills_words_at_any_place(void **state)
{
	const u8 word[] = {0x80, 0x91, 0xA2, 0xB3};

	(void)state;
	for (u32 count = 0; count < SIZES / sizeof(word); count++)
		for (u32 to = 0; to < ALIGNMENTS; to++) {
			fill_pattern();
			for (u32 i = 0; i < count * sizeof(word); i++)
				expected[to + i] = word[i % sizeof(word)];
			fill_words(arena + to, 0xB3A29180, count);
			assert_as_expected();
		}
}

static void moves_across_any_overlap(void **state)
{
	u32 size, to, from = 40, i;

	(void)state;
	for (size = 0; size < 40; size++) {
		for (to = 0; to < 81; to++) {
			fill_pattern();
			for (i = 0; i < size; i++)
				expected[to + i] = (u8)(from + i + 1);
			assert_ptr_equal(memmove(arena + to, arena + from, size), arena + to);
			assert_as_expected();
		}
	}
}

static void compares_bytes_as_unsigned(void **state)
{
	(void)state;
	assert_int_equal(memcmp("abc", "abd", 2), 0);
	assert_int_equal(memcmp("x", "y", 0), 0);
	assert_true(memcmp("abc", "abd", 3) < 0);
	assert_true(memcmp("a\x80", "a\x7f", 2) > 0);
	assert_true(memcmp("a\0b", "a\0c", 3) < 0);
}

static void compares_strings_as_unsigned(void **state)
{
	(void)state;
	assert_int_equal(strcmp("", ""), 0);
	assert_int_equal(strcmp("guest", "guest"), 0);
	assert_true(strcmp("guest", "guests") < 0);
	assert_true(strcmp("guests", "guest") > 0);
	assert_true(strcmp("\x80", "\x7f") > 0);
	assert_int_equal(strncmp("guest", "guess", 4), 0);
	assert_true(strncmp("guest", "guess", 5) > 0);
	assert_int_equal(strncmp("a\0b", "a\0c", 3), 0);
	assert_int_equal(strncmp("a", "b", 0), 0);
}

static void measures_strings(void **state)
{
	const char unterminated[3] = {'a', 'b', 'c'};

	(void)state;
	assert_int_equal(strlen(""), 0);
	assert_int_equal(strlen("umbra"), 5);
	assert_int_equal(strnlen("umbra", 9), 5);
	assert_int_equal(strnlen("umbra", 5), 5);
	assert_int_equal(strnlen(unterminated, 3), 3);
	assert_int_equal(strnlen(unterminated, 0), 0);
}

static void finds_characters(void **state)
{
	const char *text = "name=x=y";

	(void)state;
	assert_ptr_equal(strchr(text, '='), text + 4);
	assert_ptr_equal(strchr(text, '\0'), text + 8);
	assert_null(strchr(text, 'q'));
	assert_null(strchr("", 'q'));
}

static void copies_strings_into_what_there_is(void **state)
{
	char to[4] = {MARK, MARK, MARK, MARK};

	(void)state;
	assert_int_equal(strlcpy(to, "abc", 0), 3);
	assert_int_equal((u8)to[0], MARK);
	assert_int_equal(strlcpy(to, "abc", 1), 3);
	assert_string_equal(to, "");
	assert_int_equal(strlcpy(to, "abcdef", 3), 6);
	assert_string_equal(to, "ab");
	assert_int_equal(strlcpy(to, "xyz", 3), 3);
	assert_string_equal(to, "xy");
	assert_int_equal((u8)to[3], MARK);
	assert_int_equal(strlcpy(to, "abc", 4), 3);
	assert_string_equal(to, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(copies_exactly_what_it_is_told),
	    cmocka_unit_test(fills_exactly_what_it_is_told),
	    cmocka_unit_test(fills_words_at_any_place),
	    cmocka_unit_test(moves_across_any_overlap),
	    cmocka_unit_test(compares_bytes_as_unsigned),
	    cmocka_unit_test(compares_strings_as_unsigned),
	    cmocka_unit_test(measures_strings),
	    cmocka_unit_test(finds_characters),
	    cmocka_unit_test(copies_strings_into_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

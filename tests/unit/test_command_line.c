// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines: words, quotes, options, sizes. */
#include "tests/unit/native.h"

#include <string.h>

#include "boot/command_line.h"

static void option_value_is_the_last_one(void **state)
{
	char value[8] = "none";

	(void)state;
	assert_true(option_value("umbra console=vga stats", "console", value, sizeof(value)));
	assert_string_equal(value, "vga");
	assert_true(option_value("console=vga console=both", "console", value, sizeof(value)));
	assert_string_equal(value, "both");
	assert_true(option_value("a= b", "a", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(option_value("a=b=c", "a", value, sizeof(value)));
	assert_string_equal(value, "b=c");
	assert_true(option_value("a=0123456789", "a", value, sizeof(value)));
	assert_string_equal(value, "0123456");
	strcpy(value, "none");
	assert_false(
	    option_value("myconsole=vga consoles=vga console", "console", value, sizeof(value)));
	assert_false(option_value("x -- console=vga", "console", value, sizeof(value)));
	assert_false(option_value("", "console", value, sizeof(value)));
	assert_string_equal(value, "none");
}

/* The line as GRUB passes it, as QEMU does, and with quotes at odd places. */
static void blanks_in_quotes_belong_to_a_word(void **state)
{
	static const struct {
		const char *line, *value;
	} cases[] = {
	    {"x \"monitor=guests; mem\" stats", "guests; mem"},
	    {"x monitor=\"guests; mem\" stats", "guests; mem"},
	    {"monitor=\"\"", ""},
	    {"monitor=\"a -- b\"", "a -- b"},
	    {"monitor=a\"b c\"d\"e f\"", "ab cde f"},
	    {"\"monitor=say \\\"a b\\\" \\\\ \\'c\\'\"", "say \"a b\" \\ 'c'"},
	    {"monitor=a\\\"b stats", "a\"b"},
	    {"monitor=a\\\"b c\\\"d", "a\"b"},
	    {"monitor=a\\\"b c\"d e\"", "a\"b"},
	    {"monitor=\"a b stats", "a"}, /* without an end, a quote is no quote */
	    {"y=\"monitor=1 monitor=2\" monitor=3", "3"},
	    {"monitor=c:\\n", "c:\\n"},
	};
	char value[32];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(option_value(cases[i].line, "monitor", value, sizeof(value)) ||
			    !*cases[i].value);
		assert_string_equal(value, cases[i].value);
	}
	assert_true(option_value("\"monitor=a b c\"", "monitor", value, 4));
	assert_string_equal(value, "a b");
	assert_false(option_value("\"x monitor=1\"", "monitor", value, sizeof(value)));
	assert_true(option_present("monitor=\"a b\" stats", "stats"));
	assert_false(option_present("monitor=\"a stats b\"", "stats"));
}

static void option_present_compares_whole_words(void **state)
{
	(void)state;
	assert_true(option_present("stats", "stats"));
	assert_true(option_present("a  stats\t", "stats"));
	assert_true(option_present("a --b stats", "stats"));
	assert_false(option_present("a stats=1 nostats", "stats"));
	assert_false(option_present("a -- stats", "stats"));
	assert_false(option_present("", "stats"));
}

static void option_next_ends_at_two_dashes(void **state)
{
	static const char *const expected[] = {"umbra.elf", "monitor=a; b", "stats"};
	const char *line = " umbra.elf \"monitor=a; b\"  stats -- more";
	char word[16];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_true(option_next(&line, word, sizeof(word)));
		assert_string_equal(word, expected[i]);
	}
	assert_false(option_next(&line, word, sizeof(word)));
}

static void size_is_a_number_and_one_letter(void **state)
{
	const struct {
		const char *text;
		u32 bytes;
	} good[] = {{"0", 0},           {"4095", 4095},          {"0x10", 16},
		    {"64M", 64 * MIB},  {"64m", 64 * MIB},       {"1k", 1024},
		    {"3G", 3072 * MIB}, {"0xFFFFFFFF", ~0u},     {"4294967295", ~0u},
		    {"0X1fK", 31744},   {"4194303K", 0xFFFFFC00}};
	const char *const bad[] = {"",
				   "M",
				   "0x",
				   "0xM",
				   "12Q",
				   "1MB",
				   "-1",
				   "+1",
				   " 1",
				   "1 ",
				   "4G",
				   "4194304K",
				   "4294967296",
				   "0x100000000",
				   "18446744073709551617",
				   "0x10000000000000001",
				   "1.5M"};
	u32 i, bytes;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(parse_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		bytes = 77;
		if (parse_size(bad[i], &bytes))
			fail_msg("\"%s\" is no size", bad[i]);
		assert_int_equal(bytes, 77);
	}
}

/* mem= compares with bounds of its own, so a size beyond 32 bits must not wrap. */
static void size_beyond_32_bits_stays_large(void **state)
{
	static const char *const large[] = {"4G", "4294967296", "0xFFFFFFFFFFFFFFFFF",
					    "99999999999G"};
	u64 bytes;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(large); i++) {
		assert_true(parse_size_u64(large[i], &bytes));
		assert_true(bytes >= 1ull << 32);
	}
	assert_true(parse_size_u64("3G", &bytes));
	assert_true(bytes == 3ull << 30);
	assert_false(parse_size_u64("G", &bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(option_value_is_the_last_one),
	    cmocka_unit_test(blanks_in_quotes_belong_to_a_word),
	    cmocka_unit_test(option_present_compares_whole_words),
	    cmocka_unit_test(option_next_ends_at_two_dashes),
	    cmocka_unit_test(size_is_a_number_and_one_letter),
	    cmocka_unit_test(size_beyond_32_bits_stays_large),
	};

	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}

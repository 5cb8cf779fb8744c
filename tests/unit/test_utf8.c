// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/utf8.c: every Unicode character, and each kind of malformed sequence. */
#include "tests/unit/native.h"

#include "lib/utf8.h"

#define LAST_CHARACTER 0x10FFFFu
#define SURROGATES 0xD800u
#define SURROGATES_END 0xE000u

/* As the standard's table 3-6 distributes the bits. Returns the length. */
static u32 encode(u32 value, u8 *bytes)
{
	static const u32 limits[] = {0x80, 0x800, 0x10000, 0x110000};
	static const u8 marks[] = {0, 0xC0, 0xE0, 0xF0};
	u32 length = 1;

	while (value >= limits[length - 1])
		length++;
	for (u32 i = length - 1; i; i--, value >>= 6)
		bytes[i] = 0x80 | (value & 0x3F);
	bytes[0] = marks[length - 1] | value;
	return length;
}

static void decodes_every_character(void **state)
{
	struct utf8 decoder = {.size = 0};
	u8 bytes[UTF8_BYTES_MAX];

	(void)state;
	for (u32 value = 0; value <= LAST_CHARACTER; value++) {
		u32 length = encode(value, bytes);

		if (value >= SURROGATES && value < SURROGATES_END)
			continue;
		for (u32 i = 0; i + 1 < length; i++) {
			assert_int_equal(utf8_pending(&decoder), i);
			assert_int_equal(utf8_take(&decoder, bytes[i]), UTF8_MORE);
		}
		assert_int_equal(utf8_take(&decoder, bytes[length - 1]), UTF8_CHARACTER);
		assert_int_equal(utf8_value(&decoder), value);
		assert_int_equal(decoder.length, length);
		assert_int_equal(utf8_pending(&decoder), 0);
	}
}

/* The result for each byte: M for MORE, C for CHARACTER, x for MALFORMED, ! for CUT_SHORT. */
static void invalid_sequences_are_refused(void **state)
{
	static const struct {
		const char *bytes, *outcomes;
	} cases[] = {
	    {"\x80", "x"},
	    {"\x9B\xBF", "xx"},
	    {"\xC0\x9B", "xx"},            /* overlong: U+001B */
	    {"\xC1\xBF", "xx"},            /* overlong: U+007F */
	    {"\xE0\x82\x9B", "M!xx"},      /* overlong: U+009B */
	    {"\xF0\x80\x82\x9B", "M!xxx"}, /* overlong: U+009B */
	    {"\xED\xA0\x80", "M!xx"},      /* a surrogate */
	    {"\xF4\x90\x80\x80", "M!xxx"}, /* above U+10FFFF */
	    {"\xF5\xFE\xFF", "xxx"},
	    {"\xC3\x41", "M!C"},
	    {"\xE2\x94\x41", "MM!C"},
	    {"\xF0\x9F\x98\xC3\xA4", "MMM!MC"},
	    {"\xC2\xC2\x9B", "M!MC"},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *byte = cases[i].bytes;
		struct utf8 decoder = {.size = 0};

		for (const char *wanted = cases[i].outcomes; *wanted; wanted++) {
			char outcome = "MCx!"[utf8_take(&decoder, *byte)];

			if (outcome != *wanted)
				fail_msg("case %u: %c and not %c", i, outcome, *wanted);
			byte += outcome != '!';
		}
		assert_int_equal(*byte, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decodes_every_character),
	    cmocka_unit_test(invalid_sequences_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

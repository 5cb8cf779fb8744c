// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/x86/sse2.c: a change of any word of a frame is found, and no word outside of the parts is looked at. */
#include "tests/unit/native.h"

#include "arch/x86/sse2.h"
#include "lib/string.h"
#include "mm/address.h"

#define WORDS (FRAME_SIZE / sizeof(u32))
#define ALL 0xFFFFFFFFu

static u32 some[WORDS] ALIGNED(16), others[WORDS] ALIGNED(16);

static void fill_alike(void)
{
	for (u32 i = 0; i < WORDS; i++)
		some[i] = others[i] = i * 0x9E3779B9u;
}

/* The part of 64 or 128 bytes that a word is in; 32 and more: behind them. */
static u32 part_of(u32 word, u32 part_shift)
{
	return word * sizeof(u32) / (SSE2_BLOCK << part_shift);
}

static void assert_found(u32 word, u32 parts, u32 part_shift)
{
	u32 part = part_of(word, part_shift), wanted = part < 32 ? parts & 1u << part : 0;

	assert_int_equal(sse2_find_different(some, others, parts, part_shift), wanted);
}

/* Full bitmaps, in which several parts are compared at once, and those with gaps. */
static void finds_each_word(void **state)
{
	static const u32 bitmaps[] = {ALL,         0x55555555u, 0xAAAAAAAAu, 0x80000001u,
				      0x7FFFFFFEu, 0xF0F0F0F0u, 0x0000003Fu, 0};

	(void)state;
	fill_alike();
	for (u32 word = 0; word < WORDS; word++) {
		others[word] ^= 1u << word % 32;
		for (u32 i = 0; i < ARRAY_SIZE(bitmaps); i++)
			for (u32 part_shift = 0; part_shift < 2; part_shift++)
				assert_found(word, bitmaps[i], part_shift);
		others[word] = some[word];
	}
	assert_int_equal(sse2_find_different(some, others, ALL, 0), 0);
	assert_int_equal(sse2_find_different(some, others, ALL, 1), 0);
}

static void finds_all_that_differ(void **state)
{
	(void)state;
	fill_alike();
	for (u32 word = 0; word < WORDS; word++)
		others[word] = ~some[word];
	assert_int_equal(sse2_find_different(some, others, ALL, 1), ALL);
	assert_int_equal(sse2_find_different(some, others, 0x00F000F1u, 0), 0x00F000F1u);
}

static void blocks_are_the_same_or_not(void **state)
{
	(void)state;
	fill_alike();
	assert_true(sse2_is_same(some, others));
	assert_true(sse2_are_four_same(some, others));
	for (u32 word = 0; word < WORDS; word++) {
		others[word] ^= 0x80000000u;
		assert_int_equal(sse2_is_same(some, others), part_of(word, 0) >= 1);
		assert_int_equal(sse2_are_four_same(some, others),
				 part_of(word, 0) >= SSE2_BLOCKS_AT_ONCE);
		others[word] = some[word];
	}
}

/* In memory, at any address, each row is followed by two words that may be any. */
static void rows_are_these_or_not(void **state)
{
	static const u32 words_between = SSE2_ROW_DISTANCE / sizeof(u32);
	struct sse2_registers saved;
	struct sse2_rows rows;
	bool same;

	(void)state;
	fill_alike();
	for (u32 i = 0; i < 16; i++)
		rows.row[i / 4][i % 4] = some[1 + i / 4 * words_between + i % 4] ^ (i % 4 == 3);
	for (u32 word = 0; word < 2 + 4 * words_between; word++) {
		const u32 in_rows = word - 1;

		some[word] ^= 1u << word;
		sse2_begin(&saved);
		same = sse2_are_rows(some + 1, &rows);
		sse2_end(&saved);
		assert_int_equal(same,
				 in_rows >= 4 * words_between || in_rows % words_between >= 3);
		some[word] ^= 1u << word;
	}
}

static void a_frame_is_zeroed_and_nothing_else(void **state)
{
	static u32 frames[3 * WORDS] ALIGNED(16);

	(void)state;
	memset(frames, 0xFF, sizeof(frames));
	sse2_zero_frame(frames + WORDS);
	for (u32 i = 0; i < 3 * WORDS; i++)
		assert_int_equal(frames[i], i / WORDS == 1 ? 0 : ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_each_word),
	    cmocka_unit_test(finds_all_that_differ),
	    cmocka_unit_test(blocks_are_the_same_or_not),
	    cmocka_unit_test(rows_are_these_or_not),
	    cmocka_unit_test(a_frame_is_zeroed_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

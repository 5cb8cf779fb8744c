// SPDX-License-Identifier: GPL-2.0-or-later
/* The block function against the examples of RFC 8439. */
#include "tests/unit/native.h"

#include "lib/chacha20.h"

/* Section 2.3.2: the key is the bytes 0 to 31. */
static void output_equals_rfc_8439_example(void **state)
{
	static const u32 position[] = {1, 0x09000000, 0x4A000000, 0};
	static const u32 wanted[] = {0xE4E7F110, 0x15593BD1, 0x1FDD0F50, 0xC47120A3,
				     0xC7F4D1C7, 0x0368C033, 0x9AAA2204, 0x4E6CD4C3,
				     0x466482D2, 0x09AA9F07, 0x05D7C214, 0xA2028BD9,
				     0xD19C12B5, 0xB94E16DE, 0xE883D0CB, 0x4E3C50A2};
	u32 key[CHACHA20_KEY_WORDS], block[CHACHA20_BLOCK_WORDS];

	(void)state;
	for (u32 i = 0; i < CHACHA20_KEY_WORDS; i++)
		key[i] = 0x03020100 + i * 0x04040404;
	chacha20_block(key, position, block);
	assert_memory_equal(block, wanted, sizeof(wanted));
}

/* Appendix A.1, test vector 1: all zero. */
static void output_equals_known_answer_for_zero_key(void **state)
{
	static const u32 zero[CHACHA20_KEY_WORDS];
	static const u32 wanted[] = {0xADE0B876, 0x903DF1A0, 0xE56A5D40, 0x28BD8653};
	u32 block[CHACHA20_BLOCK_WORDS];

	(void)state;
	chacha20_block(zero, zero, block);
	assert_memory_equal(block, wanted, sizeof(wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(output_equals_rfc_8439_example),
	    cmocka_unit_test(output_equals_known_answer_for_zero_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/sse2.h"

#include "mm/address.h"

/* A byte of xmm0 is 0xFF as long as it is in words that are the same. */
#define COMPARE_FIRST "movdqa (%1), %%xmm0\n\tpcmpeqd (%2), %%xmm0\n\t"
#define COMPARE(at)                                                                                \
	"movdqa " #at "(%1), %%xmm1\n\tpcmpeqd " #at "(%2), %%xmm1\n\tpand %%xmm1, %%xmm0\n\t"
#define COMPARE_BLOCK(a, b, c, d) COMPARE(a) COMPARE(b) COMPARE(c) COMPARE(d)
#define ALL_BYTES 0xFFFFu

static ALWAYS_INLINE bool is_block_same(const void *some, const void *others)
{
	u32 same;

	__asm__ volatile(COMPARE_FIRST COMPARE(16) COMPARE(32) COMPARE(48) "pmovmskb %%xmm0, %0"
			 : "=r"(same)
			 : "r"(some), "r"(others)
			 : SSE2_CHANGED);
	return same == ALL_BYTES;
}

static ALWAYS_INLINE bool are_four_same(const void *some, const void *others)
{
	u32 same;

	__asm__ volatile(COMPARE_FIRST COMPARE(16) COMPARE(32) COMPARE(48)
			     COMPARE_BLOCK(64, 80, 96, 112) COMPARE_BLOCK(128, 144, 160, 176)
				 COMPARE_BLOCK(192, 208, 224, 240) "pmovmskb %%xmm0, %0"
			 : "=r"(same)
			 : "r"(some), "r"(others)
			 : SSE2_CHANGED);
	return same == ALL_BYTES;
}

static ALWAYS_INLINE bool are_same(const u8 *some, const u8 *others, u32 blocks)
{
	for (; blocks; blocks--, some += SSE2_BLOCK, others += SSE2_BLOCK)
		if (!is_block_same(some, others))
			return false;
	return true;
}

bool sse2_is_same(const void *some, const void *others)
{
	struct sse2_registers saved;
	bool same;

	sse2_begin(&saved);
	same = is_block_same(some, others);
	sse2_end(&saved);
	return same;
}

bool sse2_are_four_same(const void *some, const void *others)
{
	struct sse2_registers saved;
	bool same;

	sse2_begin(&saved);
	same = are_four_same(some, others);
	sse2_end(&saved);
	return same;
}

/* How many groups of four blocks, of `count`, are the same from the first one on. */
static ALWAYS_INLINE u32 count_same(const u8 *some, const u8 *others, u32 count)
{
	u32 left = count;

	while (left && are_four_same(some, others)) {
		left--;
		some += SSE2_BLOCKS_AT_ONCE * SSE2_BLOCK;
		others += SSE2_BLOCKS_AT_ONCE * SSE2_BLOCK;
	}
	return count - left;
}

/* The bits from the lowest one on that are set without a gap. */
static ALWAYS_INLINE u32 length_of_run(u32 bits)
{
	bits = ~(bits >> __builtin_ctz(bits));
	return bits ? (u32)__builtin_ctz(bits) : 32;
}

u32 sse2_find_different(const void *some, const void *others, u32 parts, u32 part_shift)
{
	const u32 blocks = 1u << part_shift, at_once = SSE2_BLOCKS_AT_ONCE >> part_shift;
	const u8 *first = some, *second = others;
	struct sse2_registers saved;
	u32 different = 0;

	sse2_begin(&saved);
	while (parts) {
		u32 part = __builtin_ctz(parts), at = part * SSE2_BLOCK << part_shift, same;

		same = count_same(first + at, second + at, length_of_run(parts) / at_once);
		if (same) {
			parts &= ~(UINT32_MAX >> (32 - same * at_once) << part);
			continue;
		}
		if (!are_same(first + at, second + at, blocks))
			different |= parts & -parts;
		parts &= parts - 1;
	}
	sse2_end(&saved);
	return different;
}

#define ZEROED_AT_ONCE 256

void sse2_zero_frame(void *frame)
{
	struct sse2_registers saved;
	u8 *at = frame, *behind = at + FRAME_SIZE;

	sse2_begin(&saved);
	__asm__ volatile("pxor %%xmm0, %%xmm0\n"
			 "1:\n\t"
			 ".set .Lzeroed_at, 0\n\t"
			 ".rept %c2 / 16\n\t"
			 "movdqa %%xmm0, .Lzeroed_at(%0)\n\t"
			 ".set .Lzeroed_at, .Lzeroed_at + 16\n\t"
			 ".endr\n\t"
			 "add %2, %0\n\t"
			 "cmp %1, %0\n\t"
			 "jne 1b"
			 : "+r"(at)
			 : "r"(behind), "i"(ZEROED_AT_ONCE)
			 : SSE2_CHANGED);
	sse2_end(&saved);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only xmm0 and xmm1 are used. The instructions are those on integers, so they raise no exception but
 * #NM, while CR0.TS is set (SDM vol. 1, 11.6.1). Interrupts are off.
 */
#include "arch/x86/sse2.h"

#include "arch/x86/cpu.h"
#include "mm/address.h"

struct saved {
	u8 xmm0[16], xmm1[16];
	u32 cr0;
};

#ifdef CONFIG_NATIVE /* a program of the host's: CR0 is not its own, and its compiler uses the registers */
#define CHANGED "memory", "cc", "xmm0", "xmm1"

static void take_fpu(struct saved *saved)
{
	saved->cr0 = 0;
}

static void give_fpu_back(const struct saved *saved)
{
	(void)saved;
}

#else
#define CHANGED "memory", "cc"

static ALWAYS_INLINE void take_fpu(struct saved *saved)
{
	saved->cr0 = read_cr0();
	if (__builtin_expect(saved->cr0 & CR0_TS, 0))
		__asm__ volatile("clts");
}

static ALWAYS_INLINE void give_fpu_back(const struct saved *saved)
{
	if (__builtin_expect(saved->cr0 & CR0_TS, 0))
		write_cr0(saved->cr0);
}

#endif

static ALWAYS_INLINE void begin(struct saved *saved)
{
	take_fpu(saved);
	__asm__ volatile("movups %%xmm0, %0\n\tmovups %%xmm1, %1"
			 : "=m"(saved->xmm0), "=m"(saved->xmm1));
}

static ALWAYS_INLINE void end(const struct saved *saved)
{
	__asm__ volatile("movups %0, %%xmm0\n\tmovups %1, %%xmm1"
			 :
			 : "m"(saved->xmm0), "m"(saved->xmm1));
	give_fpu_back(saved);
}

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
			 : CHANGED);
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
			 : CHANGED);
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
	struct saved saved;
	bool same;

	begin(&saved);
	same = is_block_same(some, others);
	end(&saved);
	return same;
}

bool sse2_are_four_same(const void *some, const void *others)
{
	struct saved saved;
	bool same;

	begin(&saved);
	same = are_four_same(some, others);
	end(&saved);
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
	struct saved saved;
	u32 different = 0;

	begin(&saved);
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
	end(&saved);
	return different;
}

#define ZEROED_AT_ONCE 256

void sse2_zero_frame(void *frame)
{
	struct saved saved;
	u8 *at = frame, *behind = at + FRAME_SIZE;

	begin(&saved);
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
			 : CHANGED);
	end(&saved);
}

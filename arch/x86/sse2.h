/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SSE2 for the hypervisor itself, to compare and zero memory 16 bytes at a time: for CPUs that have
 * cpu_features.sse2. All else of the hypervisor runs on a 486. The registers hold a guest's numbers,
 * and CR0.TS is the guest's: both are as before when a function of sse2.c returns, and behind sse2_end().
 */
#ifndef ARCH_X86_SSE2_H
#define ARCH_X86_SSE2_H

#include "arch/x86/cpu.h"
#include "lib/types.h"

/* The guest's state that sse2_begin() saves and sse2_end() restores. In between only xmm0 and xmm1 are used. No
 * instruction computes with floating-point numbers, so the one exception is #NM, while CR0.TS is set (SDM vol. 1, 11.6.1).
 * Interrupts are off. */
struct sse2_registers {
	u8 xmm0[16], xmm1[16];
	u32 cr0;
};

#ifdef CONFIG_NATIVE /* a program of the host's: CR0 is not its own, and its compiler uses the registers */
#define SSE2_CHANGED "memory", "cc", "xmm0", "xmm1"

static inline void sse2_take_fpu(struct sse2_registers *saved)
{
	saved->cr0 = 0;
}

static inline void sse2_give_fpu_back(const struct sse2_registers *saved)
{
	(void)saved;
}

#else
#define SSE2_CHANGED "memory", "cc"

static ALWAYS_INLINE void sse2_take_fpu(struct sse2_registers *saved)
{
	saved->cr0 = read_cr0();
	if (__builtin_expect(saved->cr0 & CR0_TS, 0))
		__asm__ volatile("clts");
}

static ALWAYS_INLINE void sse2_give_fpu_back(const struct sse2_registers *saved)
{
	if (__builtin_expect(saved->cr0 & CR0_TS, 0))
		write_cr0(saved->cr0);
}

#endif

static ALWAYS_INLINE void sse2_begin(struct sse2_registers *saved)
{
	sse2_take_fpu(saved);
	__asm__ volatile("movups %%xmm0, %0\n\tmovups %%xmm1, %1"
			 : "=m"(saved->xmm0), "=m"(saved->xmm1));
}

static ALWAYS_INLINE void sse2_end(const struct sse2_registers *saved)
{
	__asm__ volatile("movups %0, %%xmm0\n\tmovups %1, %%xmm1"
			 :
			 : "m"(saved->xmm0), "m"(saved->xmm1));
	sse2_give_fpu_back(saved);
}

/* Four rows of three words (and one that may be any), and the distance of such rows in memory, in bytes. */
struct sse2_rows {
	u32 row[4][4];
} ALIGNED(16);

#define SSE2_ROW_DISTANCE 20

/* True if the rows that begin at `first`, at any address, are these. The fourth word of each is read, too, and may be any.
 * To be called between sse2_begin() and sse2_end(). */
static ALWAYS_INLINE bool sse2_are_rows(const void *first, const struct sse2_rows *rows)
{
	const u32 three_words = 7;
	u32 same;

	__asm__ volatile("movdqu (%1), %%xmm0\n\t"
			 "pcmpeqd (%2), %%xmm0\n\t"
			 "movdqu %c3(%1), %%xmm1\n\t"
			 "pcmpeqd 16(%2), %%xmm1\n\t"
			 "pand %%xmm1, %%xmm0\n\t"
			 "movdqu 2 * %c3(%1), %%xmm1\n\t"
			 "pcmpeqd 32(%2), %%xmm1\n\t"
			 "pand %%xmm1, %%xmm0\n\t"
			 "movdqu 3 * %c3(%1), %%xmm1\n\t"
			 "pcmpeqd 48(%2), %%xmm1\n\t"
			 "pand %%xmm1, %%xmm0\n\t"
			 "movmskps %%xmm0, %0"
			 : "=r"(same)
			 : "r"(first), "r"(rows), "i"(SSE2_ROW_DISTANCE)
			 : SSE2_CHANGED);
	return (same & three_words) == three_words;
}

#define SSE2_BLOCK 64u

#define SSE2_BLOCKS_AT_ONCE 4u

/* True if the block at `some` is the same as the one at `others`; or if SSE2_BLOCKS_AT_ONCE are. Both are aligned to 16
 * bytes. */
bool sse2_is_same(const void *some, const void *others);
bool sse2_are_four_same(const void *some, const void *others);

/* Compares parts of two frames, those given by the bits of `parts`: 64 << part_shift bytes each, for a
 * part_shift of 0 or 1. Returns the bits of those that differ. */
u32 sse2_find_different(const void *some, const void *others, u32 parts, u32 part_shift);

/* Zeroes a frame. */
void sse2_zero_frame(void *frame);

#endif

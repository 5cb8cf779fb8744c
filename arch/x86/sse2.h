/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SSE2 for the hypervisor itself, to compare and zero memory 16 bytes at a time: for CPUs that have
 * cpu_features.sse2. All else of the hypervisor runs on a 486. The registers hold a guest's numbers,
 * and CR0.TS is the guest's: both are as before when a function here returns.
 */
#ifndef ARCH_X86_SSE2_H
#define ARCH_X86_SSE2_H

#include "lib/types.h"

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

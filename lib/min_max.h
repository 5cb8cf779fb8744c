/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smaller and the larger of two numbers. Functions, so that each argument is evaluated once. */
#ifndef LIB_MIN_MAX_H
#define LIB_MIN_MAX_H

#include "lib/types.h"

static ALWAYS_INLINE u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

static ALWAYS_INLINE u32 max_u32(u32 a, u32 b)
{
	return a > b ? a : b;
}

static ALWAYS_INLINE u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static ALWAYS_INLINE u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif

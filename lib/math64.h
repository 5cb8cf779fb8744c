/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 64-bit division by a 32-bit number, in two steps of long division, base 2^32. The operators / and
 * % on u64 would call libgcc, which some toolchains build with CMOV: a 486 does not have that
 * instruction.
 */
#ifndef LIB_MATH64_H
#define LIB_MATH64_H

#include "lib/types.h"

/* value / by; `by` is not 0. *remainder: value % by. */
static inline u64 divide(u64 value, u32 by, u32 *remainder)
{
	u32 high = (u32)(value >> 32), low;

	/* DIV faults unless its high half is below the divisor (SDM vol. 2, DIV): it is. */
	__asm__("divl %4"
		: "=a"(low), "=d"(*remainder)
		: "0"((u32)value), "1"(high % by), "rm"(by)
		: "cc");
	return (u64)(high / by) << 32 | low;
}

#endif

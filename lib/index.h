/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Array indices that a guest chooses. */
#ifndef LIB_INDEX_H
#define LIB_INDEX_H

#include "lib/types.h"

/*
 * `index` if it is below `limit`, else 0, without a branch. The CPU may predict that a check of the
 * index succeeds, and execute the code behind it for a while with an index that fails (Spectre,
 * variant 1). With this function in between, that code reads element 0, and nothing outside of the
 * array.
 *
 * Use it behind the check, not in place of it. Proofs take the index as it is, since it has passed
 * the check.
 */
#ifdef __FRAMAC__
#define index_within(index, limit) (index)
#else
static ALWAYS_INLINE u32 index_within(u32 index, u32 limit)
{
	/* All ones if the comparison borrows. In C, the compiler would use what the check has shown. */
	u32 mask;

	__asm__("cmpl %2, %1\n\tsbbl %0, %0" : "=r"(mask) : "r"(index), "ri"(limit) : "cc");
	return index & mask;
}
#endif

#endif

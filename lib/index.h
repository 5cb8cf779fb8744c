/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Array indices that a guest chooses. */
#ifndef LIB_INDEX_H
#define LIB_INDEX_H

#include "lib/types.h"

/*
 * `index` if it is below `limit`, else 0, with no branch. A check that has sent an index away may have been
 * predicted wrong, and what comes behind it is executed for a while all the same (Spectre, variant 1): with
 * this in between it reads element 0, and not whatever lies at the guest's number.
 * Put it behind the check, never in place of it. A proof sees what it is for an index that has passed.
 */
#ifdef __FRAMAC__
#define index_within(index, limit) (index)
#else
static ALWAYS_INLINE u32 index_within(u32 index, u32 limit)
{
	u32 mask; /* all ones if the comparison borrows; not C, of which the compiler would know the value */

	__asm__("cmpl %2, %1\n\tsbbl %0, %0" : "=r"(mask) : "r"(index), "ri"(limit) : "cc");
	return index & mask;
}
#endif

#endif

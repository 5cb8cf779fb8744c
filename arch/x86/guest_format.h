/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a format of guest page tables is described: a row for each level, the top one first. */
#ifndef ARCH_X86_GUEST_LEVEL_H
#define ARCH_X86_GUEST_LEVEL_H

#include "arch/x86/paging.h"

struct guest_level {
	const char *name;
	u32 shift;    /* the first bit of the index in a linear address */
	u32 entries;  /* in one table */
	u64 reserved; /* bits that must be 0 in a present entry */
	bool marks;   /* its entries have rights, ACCESSED and, in the last level, DIRTY */
};

#endif

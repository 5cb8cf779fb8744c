/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A format of guest page tables: a row for each level, the top one first. */
#ifndef ARCH_X86_GUEST_FORMAT_H
#define ARCH_X86_GUEST_FORMAT_H

#include "arch/x86/paging.h"

struct guest_level {
	const char *name;
	u32 shift;    /* the first bit of the index in a linear address */
	u32 entries;  /* in one page table of this level */
	u64 reserved; /* bits that must be 0 in a present entry (SDM vol. 3, 4.3 and 4.4) */
	bool marks;   /* its entries have rights, ACCESSED and, in the last level, DIRTY */
};

#endif

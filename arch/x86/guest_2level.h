/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's two-level page tables (SDM vol. 3, 4.3):
 *
 *	 31                22 21              12 11            0
 *	+--------------------+------------------+---------------+
 *	|     PDE index      |    PTE index     |    offset     |   a linear address
 *	+--------------------+------------------+---------------+
 */
#ifndef ARCH_X86_GUEST_2LEVEL_H
#define ARCH_X86_GUEST_2LEVEL_H

#ifdef GUEST_LEVELS
#error "a source file includes one format of guest page tables only"
#endif

#include "arch/x86/guest_format.h"

/* An entry of either level of the guest's page tables: it holds a gfn. */
typedef struct {
	u32 bits;
} gpte_t;
_Static_assert(sizeof(gpte_t) == 4, "gpte_t");

#define GUEST_NO_EXECUTE 0u /* there is no such bit */

#define GUEST_LEVELS 2
#define GUEST_TOP_ALIGNMENT FRAME_SIZE
static const struct guest_level guest_levels[GUEST_LEVELS] = {
    {.name = "directory", .shift = 22, .entries = 1024, .reserved = PDE_LARGE, .marks = true},
    {.name = "table", .shift = 12, .entries = 1024, .reserved = PTE_PAT, .marks = true},
};

#endif

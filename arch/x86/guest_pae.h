/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's PAE page tables (SDM vol. 3, 4.4): three levels of 64-bit entries.
 *
 *	 31 30 29            21 20            12 11            0
 *	+-----+----------------+----------------+---------------+
 *	|PDPTE|   PDE index    |   PTE index    |    offset     |   a linear address
 *	+-----+----------------+----------------+---------------+
 */
#ifndef ARCH_X86_GUEST_PAE_H
#define ARCH_X86_GUEST_PAE_H

#ifdef GUEST_LEVELS
#error "a source file includes one format of guest page tables only"
#endif

#include "arch/x86/guest_format.h"

/* An entry of any level of the guest's page tables: it holds a gfn. */
typedef struct {
	u64 bits;
} gpte_t;
_Static_assert(sizeof(gpte_t) == 8, "gpte_t");

#define GUEST_NO_EXECUTE PTE_NO_EXECUTE

/* Bits 32 to 51 of an address are not 0 only above 4 GB, where a guest has no memory; bits 52 to 62
 * are reserved. */
#define ABOVE_4_GB 0x7FFFFFFF00000000ull

#define GUEST_LEVELS 3
#define GUEST_TOP_ALIGNMENT 32u
static const struct guest_level guest_levels[GUEST_LEVELS] = {
    {.name = "directory",
     .shift = 30,
     .entries = 4,
     .reserved = PAE_TOP_RESERVED | PTE_NO_EXECUTE | ABOVE_4_GB},
    {.name = "middle directory",
     .shift = 21,
     .entries = 512,
     .reserved = PDE_LARGE | ABOVE_4_GB,
     .marks = true},
    {.name = "table", .shift = 12, .entries = 512, .reserved = PTE_PAT | ABOVE_4_GB, .marks = true},
};

#endif

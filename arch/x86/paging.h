/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-level page tables (SDM vol. 3, 4.3): the bits, and one type for each kind of entry, so that
 * a guest's entry cannot be stored in a shadow table, nor a PDE where a PTE belongs.
 *
 *	 31                22 21              12 11            0
 *	+--------------------+------------------+---------------+
 *	|  directory index   |   table index    |    offset     |   a linear address
 *	+--------------------+------------------+---------------+
 */
#ifndef ARCH_X86_PAGING_H
#define ARCH_X86_PAGING_H

#include "mm/address.h"

#define PTE_PRESENT 0x001u
#define PTE_WRITE 0x002u
#define PTE_USER 0x004u
#define PTE_WRITE_THROUGH 0x008u
#define PTE_CACHE_DISABLE 0x010u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY 0x040u
#define PDE_LARGE 0x080u /* in a PDE: maps 4 MB */
#define PTE_PAT 0x080u   /* in a PTE: page attribute table */
#define PTE_GLOBAL 0x100u
#define PTE_FLAGS_MASK 0xFFFu

/* The error code of a page fault (SDM vol. 3, 4.7). */
#define FAULT_PRESENT 0x01u
#define FAULT_WRITE 0x02u
#define FAULT_USER 0x04u
#define FAULT_FETCH 0x10u

#define TABLE_ENTRIES 1024u
#define DIRECTORY_SHIFT 22
#define DIRECTORY_SLOT_SIZE (1u << DIRECTORY_SHIFT)
#define TOP_SLOT (TABLE_ENTRIES - 1) /* the Switcher's */

#define ENTRY_TYPE(name)                                                                           \
	typedef struct {                                                                           \
		u32 bits;                                                                          \
	} name##_t;                                                                                \
	_Static_assert(sizeof(name##_t) == 4, #name)

ENTRY_TYPE(gpde); /* in a guest's page directory: holds a gfn */
ENTRY_TYPE(gpte); /* in a guest's page table */
ENTRY_TYPE(spde); /* in a shadow page directory: holds a pfn */
ENTRY_TYPE(spte); /* in a shadow page table */

static inline u32 directory_index(gva_t at)
{
	return gva_value(at) >> DIRECTORY_SHIFT;
}

static inline u32 table_index(gva_t at)
{
	return gva_value(at) >> FRAME_SHIFT & (TABLE_ENTRIES - 1);
}

static inline gfn_t gpde_frame(gpde_t entry)
{
	return to_gfn(entry.bits >> FRAME_SHIFT);
}
static inline gfn_t gpte_frame(gpte_t entry)
{
	return to_gfn(entry.bits >> FRAME_SHIFT);
}
static inline pfn_t spde_frame(spde_t entry)
{
	return to_pfn(entry.bits >> FRAME_SHIFT);
}
static inline pfn_t spte_frame(spte_t entry)
{
	return to_pfn(entry.bits >> FRAME_SHIFT);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow page tables in the two-level format: a directory of 1024 PDEs, for 4 MB each, is one page,
 * and CR3 leads to that page.
 */
#ifndef ARCH_X86_SHADOW_2LEVEL_H
#define ARCH_X86_SHADOW_2LEVEL_H

#ifdef SHADOW_ENTRIES
#error "a source file includes one format of shadow page tables only"
#endif

#include "arch/x86/paging.h"
#include "mm/frame_map.h"

/* An entry of a shadow directory or page table: it holds a pfn. */
typedef struct {
	u32 bits;
} spte_t;
_Static_assert(sizeof(spte_t) == 4, "spte_t");

#define SHADOW_NO_EXECUTE 0u

#define SHADOW_ENTRIES 1024u /* in a page table, and in a page of a directory */
#define PDE_SHIFT 22
#define SHADOW_PAGES 1u    /* of PDEs in a directory */
#define SHADOW_OWN_ROOT 0u /* there is no frame for a level above: the first page is the root */

/* Makes `page` part `index` of the directory with this root. */
static inline void shadow_link_page(pfn_t root, u32 index, pfn_t page)
{
	(void)root;
	(void)index;
	(void)page;
}

#endif

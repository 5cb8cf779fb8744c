/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow page tables in the PAE format: a directory of 2048 PDEs, for 2 MB each, is up to four
 * pages of 512, listed in the four PDPTEs that CR3 leads to. The CPU reads the PDPTEs only when CR3
 * is loaded (SDM vol. 3, 4.4.1). Each VM entry loads CR3, so it never uses old ones.
 */
#ifndef ARCH_X86_SHADOW_PAE_H
#define ARCH_X86_SHADOW_PAE_H

#ifdef SHADOW_ENTRIES
#error "a source file includes one format of shadow page tables only"
#endif

#include "arch/x86/paging.h"
#include "mm/frame_map.h"

/* An entry of any level of the shadow page tables: it holds a pfn. */
typedef struct {
	u64 bits;
} spte_t;
_Static_assert(sizeof(spte_t) == 8, "spte_t");

#define SHADOW_NO_EXECUTE PTE_NO_EXECUTE

#define SHADOW_ENTRIES 512u /* in a page table, and in a page of a directory */
#define PDE_SHIFT 21
#define SHADOW_PAGES 4u    /* of PDEs in a directory */
#define SHADOW_OWN_ROOT 1u /* and a frame for the PDPTEs */

/* Makes `page` part `index` of the directory with this root. */
static inline void shadow_link_page(pfn_t root, u32 index, pfn_t page)
{
	spte_t *pdptes = frame_map(root);

	pdptes[index].bits = paddr_value(pfn_address(page)) | PTE_PRESENT;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that all formats of page tables share (SDM vol. 3, chapter 4): the flags of an entry
 * and the error code of a page fault. The formats themselves:
 *
 *	guest_2level.h, guest_pae.h      a guest's own page tables
 *	shadow_2level.h, shadow_pae.h    the shadow page tables, which the CPU walks
 *
 * A source file includes at most one of each kind: they give the same names different meanings.
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
#define PDE_LARGE 0x080u /* PS, in a PDE: it maps a large page */
#define PTE_PAT 0x080u   /* in a PTE: page attribute table */
#define PTE_GLOBAL 0x100u
#define PTE_NO_EXECUTE (1ull << 63) /* PAE only */
/* A PDPTE has no rights, ACCESSED or DIRTY of its own (SDM vol. 3, table 4-8). */
#define PAE_TOP_RESERVED (PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PDE_LARGE | PTE_GLOBAL)

/* The error code of a page fault (SDM vol. 3, 4.7). */
#define FAULT_PRESENT 0x01u
#define FAULT_WRITE 0x02u
#define FAULT_USER 0x04u
#define FAULT_RESERVED 0x08u
#define FAULT_FETCH 0x10u /* only where no-execute exists */

#endif

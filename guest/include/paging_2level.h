/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-level page tables (Intel SDM 3, 4.3). A directory has 1024 entries for 4 MB each, a table
 * 1024 entries for 4 KB each:
 *
 *	gva   31      22 21     12 11      0
 *	     [ directory |  table  | offset ]
 */
#ifndef GUEST_PAGING_FORMAT_H
#define GUEST_PAGING_FORMAT_H

#define PTE_SIZE 4
#define TABLE_ENTRIES 1024
#define TABLE_SPAN_SHIFT 22
#define TOP_ENTRIES 1024 /* that CR3 leads to */
#define TOP_SPAN_SHIFT TABLE_SPAN_SHIFT
#define TOP_RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)

#ifndef __ASSEMBLER__
#include "lib/types.h"

typedef u32 pte_t;

#define PTE_NO_EXECUTE 0 /* there is no such bit */

#endif
#endif

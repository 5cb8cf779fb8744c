/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAE page tables (Intel SDM 3, 4.4): entries of 64 bits. Above the tables of 512 entries for 4 KB
 * each there are middle directories of 512 entries for 2 MB each, and four top entries for them:
 *
 *	gva   31 30 29      21 20     12 11      0
 *	     [ top | middle   |  table  | offset ]
 */
#ifndef GUEST_PAGING_FORMAT_H
#define GUEST_PAGING_FORMAT_H

#define PTE_SIZE 8
#define TABLE_ENTRIES 512
#define TABLE_SPAN_SHIFT 21
#define TOP_ENTRIES 4 /* that CR3 leads to */
#define TOP_SPAN_SHIFT 30
#define TOP_RIGHTS PTE_PRESENT /* a top entry has no rights of its own */

#ifndef __ASSEMBLER__
#include "lib/types.h"

typedef u64 pte_t;

#define PTE_NO_EXECUTE (1ull << 63) /* reserved where the CPU has no NX */

#endif
#endif

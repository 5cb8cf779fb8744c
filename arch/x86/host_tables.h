/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's own page tables as data, for host_paging.c, host_pae.c, host_windows.c and
 * guest_top_table.c only. Their entries are plain words: they are neither a guest's nor a shadow's.
 */
#ifndef ARCH_X86_HOST_TABLES_H
#define ARCH_X86_HOST_TABLES_H

#include "arch/x86/memory_map.h"
#include "arch/x86/paging.h"
#include "lib/types.h"

#define TABLE ALIGNED(PAGE_BYTES)

/* Two-level: one PTE for each page of 4 KB, one page table for 4 MB. */
#define TABLE_ENTRIES 1024u
extern u32 host_directory[TABLE_ENTRIES]; /* the PDEs; PER_CPU */
extern u32 host_low_table[TABLE_ENTRIES]; /* the PTEs of 0 to 4 MB */
extern u32 host_top_table[TABLE_ENTRIES]; /* those of TOP_START up; PER_CPU */

/* A PAE entry is two words. All that the hypervisor maps is below 4 GB, so the high word is 0 or
 * NX. */
#define PAE_ENTRIES 512u
#define PAE_WORDS 2
#define PAE_HIGH 1 /* the high word's index */
#define PAE_DIRECTORIES 4u
#define PAE_TOP_TABLES 2u                           /* for 4 MB */
extern u32 host_pdptes[PAE_DIRECTORIES][PAE_WORDS]; /* PER_CPU, as the two that follow */
extern u32 host_pdes[PAE_DIRECTORIES][PAE_ENTRIES][PAE_WORDS];
extern u32 host_top_ptes[PAE_TOP_TABLES][PAE_ENTRIES][PAE_WORDS]; /* of TOP_START up */
#define PAE_HIGH_NX ((u32)(PTE_NO_EXECUTE >> 32))

/* Which of the two formats CR3 leads to. host_use_pae sets it, once. */
extern bool host_in_pae;

/* The high word of a PAE entry for a page without text: NX where the CPU has it. */
u32 host_no_execute(void);

/* The PTE, in the present format, of an address from TOP_START up, and its index in two-level
 * tables. */
u32 *host_top_entry(const void *address);
u32 *host_pae_top_entry(u32 index);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Switcher's page table: the one for the top 4 MB (in PAE: its first 2 MB) of every guest
 * context. It maps the Switcher, the fast path, the CPU's two pages, and windows on memory of the
 * guest that runs.
 */
#ifndef ARCH_X86_GUEST_TOP_TABLE_H
#define ARCH_X86_GUEST_TOP_TABLE_H

#include "mm/address.h"

/* Fills the table, in the format of the hypervisor's own. For host_paging.c and host_pae.c. */
void guest_top_table_build(void);

/* The PDE that leads to it, for shadow directories: at SWITCHER_START, present, supervisor,
 * writable. In PAE its high word is 0. */
u32 guest_top_table_entry(void);

/* Opens a window of memory_map.h's SHARED_WINDOW or TABLE_WINDOWS on a frame, which must be the
 * running guest's own memory; closes it; its PTE, 0 if it is closed. None of them flushes the TLB:
 * the next VM entry loads CR3. For hv/fast_path_state.c. */
void guest_window_open(void *address, pfn_t frame, bool writable);
void guest_window_close(void *address);
u32 guest_window_entry(const void *address);

/* For audits. True if the table maps nothing else, if only the registers page and the window on
 * lguest_data are writable, and if each absent entry is all zeroes, so that speculation follows
 * none to a frame (docs/evidence.md, Speculation). */
bool guest_top_table_is_sound(void);

#endif

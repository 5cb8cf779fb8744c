/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path serves traps in the guest's context, without a switch of page tables. Each switch
 * between the contexts empties the TLB, and most traps of a real kernel need no data of the
 * hypervisor's context:
 *
 *	a page fault that is the guest's own    its tables refuse the access: it is reflected
 *	FLUSH_ASYNC, and the ring is empty      nothing to do (arch/x86/switcher.S)
 *	SET_PTE, absent, of an unmapped page    nothing to do
 *	the same, just after a SET_PTE          nothing has changed
 *
 * It runs in ring 0 on the guest's page tables, where it can access no more than the guest's
 * kernel: to paging, rings 0 and 1 are both supervisor, and CR0.WP holds for both. So it can leak
 * nothing. It reads the state page, which no guest can write, and memory of this guest by windows
 * (arch/x86/memory_map.h) that the hypervisor has opened (hv/fast_path_state.h). In any doubt it
 * returns false, and the trap becomes a VM exit, which is always correct.
 */
#ifndef HV_FAST_PATH_H
#define HV_FAST_PATH_H

#include "arch/x86/cpu_pages.h"

/* The Switcher calls these while the fast path is open. True: the trap is served, and the guest is resumed. */

/* For a page fault of ring 3, by the format of the guest's page tables. */
bool fast_path_page_fault_2level(void);
bool fast_path_page_fault_pae(void);

/* The same while the fast path is closed: false. */
bool fast_path_no_page_fault(void);

/* For a SET_PTE of no page that is the only call. */
bool fast_path_set_absent(void);

#endif

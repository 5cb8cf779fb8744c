/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path: what can be done for a guest without leaving its page tables. Each way between the
 * worlds empties the TLB; most of a real kernel's exits need nothing of the hypervisor's world:
 *
 *	a page fault that is the guest's own    its tables refuse the access: it is reflected
 *	FLUSH_ASYNC, and the ring is empty      nothing to do
 *	SET_PTE of no page, where none is       nothing to do
 *	the same, just after the ring's SET_PTE nothing has changed
 *
 * It runs in ring 0 on the guest's page tables, where it has no more than the guest itself:
 * its kernel is supervisor to paging, as ring 0 is, and CR0.WP holds for both. So it can give nothing
 * away. What it reads is on the state page, which no guest can write, or is memory of this guest, in
 * windows (arch/x86/memory_map.h) that the hypervisor has opened (hv/fast_path_state.h). Whenever something is not as it
 * should be, the guest leaves as if there were no fast path; that is always right.
 */
#ifndef HV_FAST_PATH_H
#define HV_FAST_PATH_H

#include "arch/x86/cpu_pages.h"

/* Called by the Switcher for every trap of a guest's. True: the guest can go on. (From virtual-8086 mode
 * the frame is not where it should be, and its trap no vector: hv/run.c.) */
bool fast_path(struct cpu_pages *pages);

#endif

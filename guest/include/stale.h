/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stale entries: shadow entries whose entry in the guest's own page table has been removed. As in a
 * TLB they stay in use until the change is announced. So a test can find out which entries the
 * shadow has, and which of them a hypercall drops.
 */
#ifndef GUEST_STALE_H
#define GUEST_STALE_H

#include "guest/include/paging.h"

/* Makes `at` stale in the current directory: reads and writes reach a new page with this number,
 * and the entry in the guest's table is absent. */
void stale_make(struct page_table *directory, gva_t at, u32 number);

/* True if a read of `at` still returns the number. */
bool stale_is_seen(gva_t at, u32 number);

#endif

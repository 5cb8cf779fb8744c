/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stale entries: what the hypervisor has cached of a page table and the table itself has lost. As
 * with a TLB they stay in use until they are announced, so a test can see what is cached, and what
 * a hypercall throws away.
 */
#ifndef GUEST_STALE_H
#define GUEST_STALE_H

#include "guest/include/paging.h"

/* Makes `at` stale in the current directory: it shows a fresh page with this number, writable, and
 * the directory's table says that there is none. */
void stale_make(struct page_table *directory, gva_t at, u32 number);

/* True if a read of `at` still gives the number. */
bool stale_is_seen(gva_t at, u32 number);

#endif

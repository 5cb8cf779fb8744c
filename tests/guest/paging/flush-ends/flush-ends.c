/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: FLUSH_TLB of all page tables ends, however many pages are in use.
 *
 * Reason: A long FLUSH_TLB is done in parts. Between two parts the guest repeats its `int $0x1f`,
 * which fills the page table of its code again. If each part begins with the same work, the last
 * part never comes.
 *
 * Method: One FLUSH_TLB for each number of user pages in use, up to 2,600. The kernel's code is
 * behind them, at 0xC0000000. QEMU counts instructions: a part is 40,000 of them.
 *
 * Module: mem=8M timeout=2
 * Expect: shut down "flush-ends: each has ended"
 * Runner: tests/system/stretch.t
 */
#include "guest/include/kit.h"

#define AREA 0x10000000u
#define RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_MARKS)
#define PAGES 2600u
#define STEP 16u

/* One page, mapped at all places in use, and each of them read: then the shadow has them all. */
const char *guest_main(void)
{
	gpa_t page = gpa_of(page_alloc());

	paging_start();
	for (u32 pages = STEP; pages <= PAGES; pages += STEP) {
		for (u32 i = pages - STEP; i < pages; i++)
			page_set_quietly(kernel_directory, AREA + i * PAGE_SIZE, page | RIGHTS);
		for (u32 i = 0; i < pages; i++)
			(void)*(volatile u32 *)(AREA + i * PAGE_SIZE);
		hcall_flush_tlb_all();
	}
	return "flush-ends: each has ended";
}

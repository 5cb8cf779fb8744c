/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first use of a page table entry with bit 7 (PAT) kills the guest.
 *
 * Reason: No guest may choose how its memory is cached, and on a CPU without PAT the bit is
 * reserved.
 *
 * Method: The entry without the bit, which must pass, then with it.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	u32 *page;

	paging_start();
	page = page_alloc();
	page_map(kernel_directory, AT, gpa_of(page), PTE_WRITE);
	is_fine(try_read(AT), "an entry without the bit works");
	page_map(kernel_directory, AT, gpa_of(page), PTE_WRITE | PTE_LARGE);
	try_read(AT);
	return "still alive";
}

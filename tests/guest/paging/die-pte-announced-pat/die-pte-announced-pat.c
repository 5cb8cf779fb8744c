// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PTE of an entry with ACCESSED and bit 7, which is PAT: refused like at a page fault.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, AT, gpa_of(page_alloc()), PTE_WRITE);
	is_fine(try_write(AT, 1), "without the bit");
	page_set(kernel_directory, AT, page_lookup(kernel_directory, AT) | PTE_LARGE);
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PTE into the top 4 MB: there the Switcher lives, the same for all guests.
 *
 * An entry there would let the guest replace the code that runs in ring 0. The page just below is
 * the guest's own.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, SWITCHER_START - PAGE_SIZE, gpa_of(page_alloc()), PTE_WRITE);
	is_fine(try_write(SWITCHER_START - PAGE_SIZE, 1), "the last page below");
	hcall_set_pte(gpa_of(kernel_directory), SWITCHER_START,
		      gpa_of(page_alloc()) | PTE_PRESENT | PTE_WRITE | PTE_MARKS);
	return "still alive";
}

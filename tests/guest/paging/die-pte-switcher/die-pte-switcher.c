/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE in the top 4 MB of the address space kills the guest.
 *
 * Reason: The Switcher is mapped there for all guests; an entry would let the guest replace code of
 * ring 0.
 *
 * Method: The last page below, which must pass, then the first page of the top 4 MB.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, SWITCHER_START - PAGE_SIZE, gpa_of(page_alloc()), PTE_WRITE);
	is_fine(try_write(SWITCHER_START - PAGE_SIZE, 1),
		"the last page below the Switcher can be mapped");
	hcall_set_pte(gpa_of(kernel_directory), SWITCHER_START,
		      gpa_of(page_alloc()) | PTE_PRESENT | PTE_WRITE | PTE_MARKS);
	return "still alive";
}

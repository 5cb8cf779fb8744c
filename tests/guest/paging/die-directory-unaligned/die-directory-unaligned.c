/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NEW_PGTABLE with an address inside a page kills the guest.
 *
 * Reason: CR3 has no room for the lower bits, and the directory's entries would lie in two frames.
 *
 * Method: The address of the second entry of a good directory.
 *
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_new_pgtable(gpa_of(kernel_directory) + sizeof(pte_t));
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NEW_PGTABLE with an address that is not a page's: CR3 has no room for the lower bits.
 *
 * The hypervisor must not run on and take the directory's entries from two frames.
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

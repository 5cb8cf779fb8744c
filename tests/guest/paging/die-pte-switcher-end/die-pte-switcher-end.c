// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PTE of the very last page of the address space, of an entry that is not even present.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_set_pte(gpa_of(kernel_directory), 0u - PAGE_SIZE, 0);
	return "still alive";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE of the last page of the address space kills the guest, even if the entry is
 * absent.
 *
 * Reason: A check of the range must not overflow at its end.
 *
 * Method: SET_PTE with the entry 0.
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

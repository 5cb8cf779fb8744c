/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PGD with a directory address inside a page kills the guest.
 *
 * Reason: The hypervisor would read the entry from a frame that is no directory.
 *
 * Method: The address of the middle of a good directory.
 *
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_set_pgd(gpa_of(kernel_directory) + PAGE_SIZE / 2, 0);
	return "still alive";
}

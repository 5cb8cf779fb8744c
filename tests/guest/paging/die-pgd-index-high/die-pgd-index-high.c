/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PGD with the index 2^30 kills the guest.
 *
 * Reason: Multiplied by the size of an entry, this index overflows to 0.
 *
 * Method: One SET_PGD with this index.
 *
 * Expect: killed "bad page directory index"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_set_pgd(gpa_of(kernel_directory), 1u << 30);
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PGD in a directory whose address is not a page's.
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

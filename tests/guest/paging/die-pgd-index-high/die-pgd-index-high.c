// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PGD with an index that, multiplied by four, is 0 again.
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first NEW_PGTABLE, which leaves the linear map, with an address beyond the guest's memory.
 *
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hcall_new_pgtable(~PAGE_OFFSET_MASK);
	return "still alive";
}

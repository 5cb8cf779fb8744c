/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A first NEW_PGTABLE with an address beyond the guest's memory kills the guest.
 *
 * Reason: The first NEW_PGTABLE leaves the linear map and has code of its own.
 *
 * Method: The last page of the address space as the first directory.
 *
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hcall_new_pgtable(~PAGE_OFFSET_MASK);
	return "still alive";
}

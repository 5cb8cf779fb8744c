// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The linear map ends where memory does: an access beyond it kills.
 *
 * There are no page tables yet in which the guest could be told what is wrong. 5 MB end in the
 * middle of a shadow table.
 *
 * Module: mem=5M devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_fine(try_read(boot_memory() - sizeof(u32)), "the last word of memory");
	try_read(boot_memory());
	return "still alive";
}

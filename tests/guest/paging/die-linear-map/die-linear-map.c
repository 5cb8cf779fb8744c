/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An access beyond the guest's memory in the linear map kills the guest.
 *
 * Reason: There are no page tables yet, so the guest cannot receive a page fault. A memory of 5 MB
 * ends inside a shadow table.
 *
 * Method: The last word of memory, which must pass, then the word behind it.
 *
 * Module: mem=5M devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_fine(try_read(boot_memory() - sizeof(u32)), "the last word of memory can be read");
	try_read(boot_memory());
	return "still alive";
}

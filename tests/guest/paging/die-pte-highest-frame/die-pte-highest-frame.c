/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first use of an entry with the highest frame number kills the guest, also when
 * ring 3 makes the access.
 *
 * Reason: A check by addition would overflow with this number. The page table is the kernel's,
 * whichever ring makes the access.
 *
 * Method: A user page with the highest frame, written from ring 3.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, AT, ~PAGE_OFFSET_MASK, PTE_WRITE | PTE_USER);
	ring3_write(AT, 1);
	return "still alive";
}

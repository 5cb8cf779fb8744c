/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE of an entry with ACCESSED and a frame beyond the guest's memory kills the
 * guest.
 *
 * Reason: Such an entry is installed at once, without a page fault, so this way into the shadow has
 * a check of its own.
 *
 * Method: The last frame of memory, which must pass, then the one behind it. No access follows.
 *
 * Module: devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, AT, boot_memory() - PAGE_SIZE, PTE_WRITE | PTE_MARKS);
	is_fine(try_write(AT, 1), "an entry with the last frame of memory works");
	page_map(kernel_directory, AT, boot_memory(), PTE_WRITE | PTE_MARKS);
	return "still alive";
}

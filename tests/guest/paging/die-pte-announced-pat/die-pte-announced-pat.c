/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE of an entry with ACCESSED and bit 7 (PAT) kills the guest.
 *
 * Reason: No guest may choose how its memory is cached; a page fault is not the only way into the
 * shadow.
 *
 * Method: An entry without the bit, which must pass, then the same entry with it.
 *
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, AT, gpa_of(page_alloc()), PTE_WRITE);
	is_fine(try_write(AT, 1), "an entry without the bit works");
	page_set(kernel_directory, AT, page_lookup(kernel_directory, AT) | PTE_LARGE);
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A page table entry with the highest frame there is, used for the first time in ring 3.
 *
 * The frame number is as large as it can be, so that a check by addition would overflow; that the
 * access is a process's makes no difference, the table is its kernel's.
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

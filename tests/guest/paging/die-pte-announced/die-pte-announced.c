// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PTE of an entry with ACCESSED, which is installed at once: its frame is checked as well.
 *
 * This is another way into the shadow than a page fault, with a check of its own. Nobody touches
 * the page.
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
	is_fine(try_write(AT, 1), "the last frame of memory");
	page_map(kernel_directory, AT, boot_memory(), PTE_WRITE | PTE_MARKS);
	return "still alive";
}

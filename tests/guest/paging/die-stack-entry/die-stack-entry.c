// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trap stack whose page table entry is bad: SET_STACK uses it, since it pins the page.
 *
 * Module: devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, AT, boot_memory(), PTE_WRITE);
	hcall_set_stack(GUEST_DS, AT + PAGE_SIZE, 1);
	return "still alive";
}

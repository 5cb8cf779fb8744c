/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_STACK of a stack whose page table entry leads beyond the guest's memory kills the
 * guest.
 *
 * Reason: SET_STACK pins the page, and so uses the entry.
 *
 * Method: An entry that leads to the first frame beyond memory, and SET_STACK with its page.
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

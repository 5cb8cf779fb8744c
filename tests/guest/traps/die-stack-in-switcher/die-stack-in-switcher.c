/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A page fault of ring 3 whose ring-1 stack is in the Switcher's 4 MB kills the guest.
 *
 * Reason: The CPU's registers page is there, and the guest's kernel and the fast path could write to it.
 *
 * Method: After a page fault that is reflected, SET_STACK to the middle of that page; then the same page fault.
 *
 * Expect: killed "stack 0x69:0xffc017e8 cannot take the frame of trap 14"
 */
#include "guest/include/kit.h"

#define NOTHING_AT 0x21000000u
#define IN_REGISTERS_PAGE 0xFFC01800u /* a frame of 24 bytes fits below */

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	ring3_read(NOTHING_AT);
	hcall_set_stack(GUEST_DS, IN_REGISTERS_PAGE, 0);
	ring3_read(NOTHING_AT);
	return "survived";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: LGUEST_INIT with another syscall_vec than 0x80 and 0x40 kills.
 *
 * Reason: this vector becomes open to ring 3, so it must not be any.
 *
 * Method: 14, the page fault's.
 *
 * Expect: killed "bad system call vector"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	lguest_data.syscall_vec = VECTOR_PAGE_FAULT;
	hcall_lguest_init(gpa_of(&lguest_data));
	return "survived";
}

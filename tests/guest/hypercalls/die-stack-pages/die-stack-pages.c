/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_STACK with more than 2 pages kills the guest.
 *
 * Reason: Each of them is pinned, so this number bounds the cost of the hypercall.
 *
 * Method: 2, which must pass, then 3.
 *
 * Expect: killed "bad stack: 3 pages"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), 2);
	ok(true, "SET_STACK with 2 pages passes");
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), 3);
	return "survived";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_STACK with a selector whose RPL is not 1 kills the guest.
 *
 * Reason: The selector goes into the task state, where the CPU would take it as the stack of
 * another ring.
 *
 * Method: The guest's own data segment with RPL 3.
 *
 * Expect: killed "bad stack segment"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hcall_set_stack(GUEST_DS | 3, (u32)trap_stack + sizeof(trap_stack), 1);
	return "survived";
}

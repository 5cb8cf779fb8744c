/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A direct trap from ring 3 whose ring-1 stack is not mapped kills the guest.
 *
 * Reason: The page fault of the CPU's push is reflected, and that needs the same stack.
 *
 * Method: SET_STACK into the unmapped page 0; ring 3 makes a system call.
 *
 * Expect: killed "stack 0x69:"
 */
#include "guest/include/kit.h"

#define UNMAPPED 0x800

static USER_CODE u32 call_kernel(u32 number)
{
	return syscall(number, 0, 0, 0);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	hcall_set_stack(GUEST_DS, UNMAPPED, 1);
	ring3_call(call_kernel, 1);
	return "survived";
}

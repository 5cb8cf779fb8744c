/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A hypercall with the number behind the last one kills the guest.
 *
 * Reason: A check off by one at the end of the table would let it pass.
 *
 * Method: The number of SEND_INTERRUPTS plus 1.
 *
 * Expect: killed "bad hypercall 20 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(HCALL_SEND_INTERRUPTS + 1, 0, 0, 0, 0);
	return "still alive";
}

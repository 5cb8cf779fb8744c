/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A hypercall with the highest number kills the guest.
 *
 * Reason: As a signed number it is -1, in front of the table.
 *
 * Method: The number 0xFFFFFFFF.
 *
 * Expect: killed "bad hypercall 4294967295 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(~0u, 0, 0, 0, 0);
	return "still alive";
}

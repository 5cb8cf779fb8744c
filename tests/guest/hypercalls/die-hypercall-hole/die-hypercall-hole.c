/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A hypercall with the number 3, which is unused between others, kills the guest and is
 * named.
 *
 * Reason: Older versions of the interface had it.
 *
 * Method: The number 3.
 *
 * Expect: killed "bad hypercall 3 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(3, 0, 0, 0, 0);
	return "still alive";
}

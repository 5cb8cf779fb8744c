// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hypercall's number just beyond the last one.
 *
 * Expect: killed "bad hypercall 20 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(HCALL_SEND_INTERRUPTS + 1, 0, 0, 0, 0);
	return "still alive";
}

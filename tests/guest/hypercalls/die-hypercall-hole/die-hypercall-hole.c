// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hypercall's number that was one in older versions and is none any more: 3. The number is in the
 * reason.
 *
 * Expect: killed "bad hypercall 3 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(3, 0, 0, 0, 0);
	return "still alive";
}

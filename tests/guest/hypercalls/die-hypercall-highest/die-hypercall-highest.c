// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The highest number a hypercall can have: as a signed one it is -1, and before every table.
 *
 * Expect: killed "bad hypercall 4294967295 "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall(~0u, 0, 0, 0, 0);
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LGUEST_INIT with a structure that begins below 4 GB and ends beyond: the sum overflows.
 *
 * Expect: killed "bad lguest_data address"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	hcall_lguest_init(0u - sizeof(struct lguest_data) / 2);
	return "still alive";
}

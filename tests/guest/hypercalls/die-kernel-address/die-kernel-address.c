// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel_address that leaves nothing between itself and the Switcher.
 *
 * All of the guest would be the user's, and the Switcher's 4 MB a part of the kernel.
 *
 * Expect: killed "bad kernel address"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	lguest_data.kernel_address = SWITCHER_START;
	hcall_lguest_init(gpa_of(&lguest_data));
	return "still alive";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LGUEST_INIT with a kernel_address at the start of the Switcher kills the guest.
 *
 * Reason: All of the guest's addresses would be the user's, and the Switcher's 4 MB the kernel's
 * part.
 *
 * Method: kernel_address is the first address of the top 4 MB.
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

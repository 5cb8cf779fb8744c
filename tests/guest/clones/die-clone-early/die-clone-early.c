/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: CLONE before LGUEST_INIT kills the guest.
 *
 * Reason: The rule holds for each hypercall but LGUEST_INIT.
 *
 * Method: The kit would make LGUEST_INIT first; GUEST_NO_INIT prevents it.
 *
 * Module: mem=2M clones=2
 * Expect: killed "hypercall CLONE before LGUEST_INIT"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	u32 made;

	hcall_clone(1, &made);
	return "still alive";
}

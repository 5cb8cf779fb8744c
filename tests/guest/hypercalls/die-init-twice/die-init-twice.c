/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A second LGUEST_INIT kills the guest.
 *
 * Reason: The hypervisor reads these values once and depends on them.
 *
 * Method: LGUEST_INIT again, with the same structure.
 *
 * Expect: killed "LGUEST_INIT for the second time"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_equal(lguest_data.reserve_mem, GUEST_RESERVED_TOP,
		 "the first LGUEST_INIT has its effect");
	hcall_lguest_init(gpa_of(&lguest_data));
	return "still alive";
}

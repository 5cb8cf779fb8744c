// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LGUEST_INIT for the second time, with the same structure.
 *
 * What is read only once must not change later, when decisions have been built on it.
 *
 * Expect: killed "LGUEST_INIT for the second time"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_equal(lguest_data.reserve_mem, GUEST_RESERVED_TOP, "the first one has happened");
	hcall_lguest_init(gpa_of(&lguest_data));
	return "still alive";
}

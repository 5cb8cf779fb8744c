/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LGUEST_INIT with a structure that crosses the end of the address space kills the
 * guest.
 *
 * Reason: Address plus size overflows, so a check of the sum would let it pass.
 *
 * Method: An address half the structure's size below 4 GB.
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

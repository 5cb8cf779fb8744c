/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LGUEST_INIT with a structure whose last byte is beyond the guest's memory kills the
 * guest.
 *
 * Reason: A check of the first byte alone would let it pass. A structure that ends exactly at the
 * end is good: lguest-data-end.
 *
 * Method: The address one byte above the last good one.
 *
 * Module: devices=off
 * Expect: killed "bad lguest_data address"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	hcall_lguest_init(boot_memory() - sizeof(struct lguest_data) + 1);
	return "still alive";
}

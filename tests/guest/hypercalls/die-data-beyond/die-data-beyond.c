/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LGUEST_INIT with a structure that begins where the guest's memory ends kills the
 * guest.
 *
 * Reason: The hypervisor writes into this structure until the guest ends.
 *
 * Method: The address behind the last byte of memory.
 *
 * Module: devices=off
 * Expect: killed "bad lguest_data address"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	hcall_lguest_init(boot_memory());
	return "still alive";
}

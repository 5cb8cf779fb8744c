/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Any hypercall before LGUEST_INIT kills the guest.
 *
 * Reason: The hypervisor knows neither the ring nor kernel_address yet.
 *
 * Method: FLUSH_ASYNC. The kit would make LGUEST_INIT first; GUEST_NO_INIT prevents it.
 *
 * Expect: killed "hypercall FLUSH_ASYNC before LGUEST_INIT"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	hcall_flush_async();
	return "still alive";
}

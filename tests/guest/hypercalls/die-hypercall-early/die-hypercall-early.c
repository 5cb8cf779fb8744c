// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any hypercall before LGUEST_INIT.
 *
 * Nothing is known yet of the guest, neither where its ring is nor where its kernel begins. The kit
 * would make LGUEST_INIT first, so this image forbids it.
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

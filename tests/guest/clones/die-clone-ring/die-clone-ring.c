/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: CLONE in the ring kills the guest, and makes no clone.
 *
 * Reason: Its results are in registers, so a guest that puts it there is in error.
 *
 * Method: A call of CLONE in the ring, which the next hypercall runs.
 *
 * Module: mem=2M clones=2
 * Expect: killed "hypercall CLONE in the ring"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hypercall_async(HCALL_CLONE, 1, 0, 0, 0);
	hcall_flush_async();
	return "still alive";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A trap without an IDT entry kills the guest.
 *
 * Reason: Neither the guest nor the hypervisor can handle it.
 *
 * Method: UD2 with its gate cleared.
 *
 * Expect: killed "unhandled trap 6 at "
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	gate_clear(VECTOR_UD);
	__asm__ volatile("ud2");
	return "survived";
}

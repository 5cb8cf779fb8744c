/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A hypercall in the ring that does not exist kills the guest, and nothing behind it
 * runs.
 *
 * Reason: The rules of hypercalls hold in the ring as well.
 *
 * Method: Behind it, and as the hypercall itself, NOTIFYs that print a failure.
 *
 * Expect: killed "bad hypercall 12"
 */
#include "guest/include/kit.h"

#define NO_HYPERCALL 12

static const char from_the_ring[] = "not ok 1 - what is behind the bad call has run\n";
static const char from_the_call[] = "not ok 1 - the hypercall that ran the ring has run\n";

const char *guest_main(void)
{
	hypercall_async(NO_HYPERCALL, 0, 0, 0, 0);
	hypercall_async(HCALL_NOTIFY, gpa_of(from_the_ring), 0, 0, 0);
	hcall_notify(gpa_of(from_the_call));
	return "survived";
}

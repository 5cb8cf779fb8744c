/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A SHUTDOWN in the ring ends the guest there: neither the slots behind it run nor the
 * hypercall that caused the exit.
 *
 * Reason: A guest that has ended must not act any more.
 *
 * Method: Behind it, and as the hypercall itself, NOTIFYs that print a failure.
 *
 * Expect: shut down "in the ring"
 */
#include "guest/include/kit.h"

static const char reason[] = "in the ring";
static const char from_the_ring[] = "not ok 2 - what is behind SHUTDOWN in the ring has run\n";
static const char from_the_call[] = "not ok 2 - the hypercall that ran the ring has run\n";

const char *guest_main(void)
{
	ok(true, "the guest runs before SHUTDOWN");
	printf("1..1\n");
	hypercall_async(HCALL_SHUTDOWN, gpa_of(reason), SHUTDOWN_POWEROFF, 0, 0);
	hypercall_async(HCALL_NOTIFY, gpa_of(from_the_ring), 0, 0, 0);
	hcall_notify(gpa_of(from_the_call));
	return "survived";
}

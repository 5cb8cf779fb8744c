/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest cannot occupy the hypervisor by NOTIFY: its time limit still ends it.
 *
 * Reason: The hypervisor runs with interrupts off, so each path through it must be short.
 *
 * Method: All of the guest's memory above 2 MB is newlines without a NUL, and a ring full of
 * NOTIFYs prints it. The time limit ends this guest.
 *
 * Module: mem=16M timeout=1
 * Expect: timed out
 */
#include "guest/include/kit.h"

#define TEXT (2u << 20)

const char *guest_main(void)
{
	u32 i;

	memset(gpa_pointer(TEXT), '\n', boot_memory() - TEXT);
	for (;;)
		for (i = 0; i < HCALL_RING_SIZE; i++)
			hypercall_async(HCALL_NOTIFY, TEXT, 0, 0, 0);
}

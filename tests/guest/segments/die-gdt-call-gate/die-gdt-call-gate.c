/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with a call gate kills the guest.
 *
 * Reason: A far call through it would reach the hypervisor's code segment.
 *
 * Method: A gate of DPL 3 to ring 0, and a call through it, in case it works.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define HOST_CS (33 * 8)

static void in_ring_0(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

const char *guest_main(void)
{
	u32 target = (u32)in_ring_0;
	struct descriptor gate = {HOST_CS << 16 | (target & 0xFFFF),
				  (target & 0xFFFF0000) | SEGMENT_PRESENT | SEGMENT_DPL(3) |
				      SEGMENT_CALL_GATE};

	descriptor_load(ENTRY, gate);
	__asm__ volatile("lcall %0, $0" : : "i"(ENTRY * 8));
	return "survived";
}

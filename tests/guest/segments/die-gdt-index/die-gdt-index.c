/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with an index of 32 or more kills the guest; 30 is the last that can be
 * set.
 *
 * Reason: The hypervisor's entries are behind the guest's.
 *
 * Method: 30 and 31 (ignored), which must pass, then 32, with a good descriptor.
 *
 * Expect: killed "bad segment descriptor index 32"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	struct descriptor data = descriptor_make(0, MIB, 1, SEGMENT_WRITABLE);

	descriptor_load(GUEST_GDT_ENTRIES - 2, data);
	descriptor_load(GUEST_GDT_ENTRIES - 1, data);
	ok(true, "indices 30 and 31 pass");
	descriptor_load(GUEST_GDT_ENTRIES, data);
	return "survived";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with a segment of DPL 2 kills the guest.
 *
 * Reason: A guest has rings 1 and 3 only, and the proofs about its segments assume these.
 *
 * Method: The same descriptor with DPL 1 and 3, which must pass, then with DPL 2.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20

const char *guest_main(void)
{
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE));
	ok(true, "a descriptor for ring 1 passes");
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 3, SEGMENT_WRITABLE));
	ok(true, "a descriptor for ring 3 passes");
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 2, SEGMENT_WRITABLE));
	return "survived";
}

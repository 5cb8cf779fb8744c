// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: LOAD_GDT_ENTRY with a segment of DPL 2 kills.
 *
 * Reason: a guest has two rings, 1 and 3; what is proved of its segments holds for these.
 *
 * Method: the same descriptor with DPL 1 and 3, which must pass, then with 2.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20

const char *guest_main(void)
{
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE));
	ok(true, "ring 1: good");
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 3, SEGMENT_WRITABLE));
	ok(true, "ring 3: good");
	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 2, SEGMENT_WRITABLE));
	return "survived";
}

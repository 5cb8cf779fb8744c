/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with a conforming code segment kills the guest.
 *
 * Reason: Conforming code runs in the ring of its caller, whatever its DPL.
 *
 * Method: The same descriptor without that bit, which must pass, then with it.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20

const char *guest_main(void)
{
	struct descriptor code = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_CODE | SEGMENT_READABLE);

	descriptor_load(ENTRY, code);
	ok(true, "a code segment that is not conforming passes");
	code.high |= SEGMENT_CONFORMING;
	descriptor_load(ENTRY, code);
	return "survived";
}

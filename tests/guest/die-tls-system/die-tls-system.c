// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: LOAD_TLS checks all three descriptors as LOAD_GDT_ENTRY does: a system descriptor
 * kills.
 *
 * Reason: it writes the same table.
 *
 * Method: two data segments, and a task state in the third place.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	struct descriptor tls[GUEST_TLS_ENTRIES] = {
	    descriptor_make(0, MIB, 3, SEGMENT_WRITABLE),
	    descriptor_make(0, MIB, 3, SEGMENT_WRITABLE),
	    descriptor_make(0, MIB, 3, SEGMENT_WRITABLE),
	};

	descriptor_load_tls(tls);
	ok(true, "data segments are good");
	tls[2] = descriptor_make(0, PAGE_SIZE, 3, SEGMENT_TSS32);
	tls[2].high &= ~SEGMENT_CODE_OR_DATA;
	descriptor_load_tls(tls);
	return "survived";
}

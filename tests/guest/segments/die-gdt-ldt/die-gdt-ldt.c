/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY with the descriptor of a local descriptor table kills the guest.
 *
 * Reason: A table in the guest's memory would hold unchecked descriptors.
 *
 * Method: A descriptor that is correct otherwise.
 *
 * Expect: killed "bad segment descriptor"
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define TYPE_LDT 0x0200u

const char *guest_main(void)
{
	static struct descriptor table[1];
	struct descriptor ldt = descriptor_make((u32)table, sizeof(table) - 1, 1, TYPE_LDT);

	ldt.high &= ~SEGMENT_CODE_OR_DATA;
	descriptor_load(ENTRY, ldt);
	return "survived";
}

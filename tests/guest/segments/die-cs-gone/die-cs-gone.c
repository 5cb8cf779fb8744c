/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that makes its own code segment absent, while it runs in it, is killed.
 *
 * Reason: A data segment register can be null instead; cs cannot.
 *
 * Method: Entry 12 is made not present.
 *
 * Expect: killed "cannot go on at 0x61:"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	hcall_load_gdt_entry(GUEST_CS / 8, 0, 0);
	return "survived";
}

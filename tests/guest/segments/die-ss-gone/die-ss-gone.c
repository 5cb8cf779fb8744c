/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that makes its stack segment unusable, while it uses it, is killed.
 *
 * Reason: A data segment register can be null instead; ss cannot.
 *
 * Method: ss is entry 20, a copy of the flat segment, and is made not writable.
 *
 * Expect: killed "cannot go on at "
 */
#include "guest/include/kit.h"

#define ENTRY 20

const char *guest_main(void)
{
	struct descriptor flat = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE);

	descriptor_load(ENTRY, flat);
	__asm__ volatile("movl %0, %%ss" : : "r"(ENTRY * 8 + 1));
	hcall_flush_async();
	printf("ok 1 - entry %u does as a stack segment\n", ENTRY);
	flat.high &= ~SEGMENT_WRITABLE;
	descriptor_load(ENTRY, flat);
	return "survived";
}

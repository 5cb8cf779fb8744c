/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: In a 16-bit code segment IN without a prefix reads 16 bits and keeps the rest of eax;
 * with the prefix 0x66 it reads 32.
 *
 * Reason: The prefix selects the other size, not the short one (Intel SDM 3, 3.4.5, D flag).
 *
 * Method: Both forms, in a 16-bit code segment with a base.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define CODE 0x20000000u
#define ENTRY 20
#define FAR_RET_32 0xCB66 /* as a little-endian word: 66 CB */

static u8 *page;

static u32 far_call(u32 offset)
{
	struct {
		u32 offset;
		u16 selector;
	} PACKED to = {offset, ENTRY * 8 + 1};
	u32 eax = TRY_IN_EAX;

	__asm__ volatile("lcall *%1" : "+a"(eax) : "m"(to), "d"(0x60) : "memory");
	return eax;
}

const char *guest_main(void)
{
	static const u8 in_short[] = {0xED, 0x66, 0xCB}, in_long[] = {0x66, 0xED, 0x66, 0xCB};
	struct descriptor code = descriptor_make(CODE, 0xFFFF, 1, SEGMENT_CODE | SEGMENT_READABLE);

	paging_start();
	page = page_alloc();
	page_map(kernel_directory, CODE, gpa_of(page), 0);
	code.high &= ~SEGMENT_32BIT;
	descriptor_load(ENTRY, code);
	memcpy(page, in_short, sizeof(in_short));
	is_value(try_call(far_call, 0), TRY_IN_EAX | 0xFFFF, "IN without prefix is of 16 bits");
	memcpy(page, in_long, sizeof(in_long));
	is_value(try_call(far_call, 0), 0xFFFFFFFF, "IN with 0x66 is of 32 bits");
	done();
}

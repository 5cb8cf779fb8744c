// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: at entry the CPU's registers page, which ring 1 can read, holds nothing of any guest
 * before.
 *
 * Reason: guests are isolated from each other, in time too.
 *
 * Method: half of the page is looked at, all of which registers-leave may have filled before.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define REGISTERS_PAGE 0xFFC01000u /* arch/x86/memory_map.h */
#define ROOM (PAGE_SIZE / 2)

const char *guest_main(void)
{
	const volatile u32 *word = (const u32 *)REGISTERS_PAGE;
	u32 i, found = 0;

	for (i = 0; i < ROOM / sizeof(*word); i++)
		found += word[i] != 0;
	is_equal(found, 0, "words that are not zero");
	done();
}

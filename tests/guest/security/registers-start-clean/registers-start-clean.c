/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: When a guest starts, the CPU's registers page, which ring 1 can read, holds nothing of
 * an earlier guest.
 *
 * Reason: Guests are isolated from each other over time as well.
 *
 * Method: The guest reads the half of the page that registers-leave-values may have filled before.
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

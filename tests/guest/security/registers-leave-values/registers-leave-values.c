/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Ring 1 can write the CPU's registers page; registers-start-clean, which starts next,
 * must not see the values.
 *
 * Reason: The second image needs values that it could find.
 *
 * Method: The room of the page below the saved registers is filled with a value.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define REGISTERS_PAGE 0xFFC01000u /* arch/x86/memory_map.h */
#define ROOM (PAGE_SIZE / 2)
#define SECRET 0x5EC2E75Eu

const char *guest_main(void)
{
	volatile u32 *word = (u32 *)REGISTERS_PAGE;
	u32 i;

	for (i = 0; i < ROOM / sizeof(*word); i++)
		word[i] = SECRET;
	hcall_flush_async();
	is_equal(word[0], SECRET, "a value stays on the registers page");
	done();
}

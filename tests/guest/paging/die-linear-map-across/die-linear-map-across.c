/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A write that begins in the guest's memory and ends beyond it, in the linear map, kills
 * the guest.
 *
 * Reason: A check of the first byte alone would let the rest pass.
 *
 * Method: The last word of memory, which must pass, then a word one byte before the end.
 *
 * Module: devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_fine(try_write(boot_memory() - sizeof(u32), 0),
		"the last word of memory can be written");
	try_write(boot_memory() - 1, 0);
	return "still alive";
}

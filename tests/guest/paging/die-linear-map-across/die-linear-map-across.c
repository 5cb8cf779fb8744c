// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A word that begins in memory and ends beyond it, in the linear map.
 *
 * Module: devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	is_fine(try_write(boot_memory() - sizeof(u32), 0), "the last word of memory");
	try_write(boot_memory() - 1, 0);
	return "still alive";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PTE in a directory that is beyond the guest's memory: no shadow can be there, and it is an
 * error all the same.
 *
 * Module: devices=off
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	hcall_set_pte(boot_memory(), AT, 0);
	return "still alive";
}

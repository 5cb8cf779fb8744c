/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE with a directory beyond the guest's memory kills the guest.
 *
 * Reason: Such a directory has no shadow, so the hypercall could be ignored; but it is an error of
 * the guest.
 *
 * Method: The first page beyond memory as the directory.
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

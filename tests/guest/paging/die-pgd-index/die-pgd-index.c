/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PGD with the index 1024 kills the guest; 1023 is ignored.
 *
 * Reason: Memory behind the 1024 entries of a directory does not belong to it. Entry 1023 is the
 * Switcher's.
 *
 * Method: 1023, which must pass, then 1024.
 *
 * Expect: killed "bad page directory index"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_set_pgd(gpa_of(kernel_directory), TABLE_ENTRIES - 1);
	ok(true, "SET_PGD with the last index passes");
	hcall_set_pgd(gpa_of(kernel_directory), TABLE_ENTRIES);
	return "still alive";
}

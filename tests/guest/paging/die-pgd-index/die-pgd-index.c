// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SET_PGD with an index just beyond the directory.
 *
 * What stands behind a directory's 1024 entries is somebody else's. 1023, the last one, is the
 * Switcher's, and is ignored.
 *
 * Expect: killed "bad page directory index"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	paging_start();
	hcall_set_pgd(gpa_of(kernel_directory), TABLE_ENTRIES - 1);
	ok(true, "the last index");
	hcall_set_pgd(gpa_of(kernel_directory), TABLE_ENTRIES);
	return "still alive";
}

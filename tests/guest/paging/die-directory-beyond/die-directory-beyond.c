/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NEW_PGTABLE with the first page beyond the guest's memory kills the guest.
 *
 * Reason: The directory would be a frame that is not the guest's.
 *
 * Method: A directory in the last page of memory, which must pass, then the page behind it.
 *
 * Module: devices=off
 * Expect: killed "bad page directory address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	gpa_t last = boot_memory() - PAGE_SIZE;

	paging_start();
	memcpy(gpa_pointer(last), kernel_directory, PAGE_SIZE);
	hcall_new_pgtable(last);
	is_fine(try_read((u32)image_start), "a directory in the last page of memory");
	hcall_new_pgtable(boot_memory());
	return "still alive";
}

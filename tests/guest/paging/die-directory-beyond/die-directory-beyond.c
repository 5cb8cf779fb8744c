// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NEW_PGTABLE with the first page beyond the guest's memory; the last one within is a directory
 * like any other.
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

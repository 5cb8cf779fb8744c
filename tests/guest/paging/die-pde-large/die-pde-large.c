// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory entry with bit 7, which is PSE: 4 MB pages do not exist for a guest.
 *
 * One 4 MB page of machine memory would contain a thousand frames that are not the guest's.
 *
 * Expect: killed "bad page directory entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	directory_set(kernel_directory, AT, PTE_PRESENT | PTE_WRITE | PTE_LARGE);
	is_fine(try_read((u32)image_start), "not used");
	try_read(AT);
	return "still alive";
}

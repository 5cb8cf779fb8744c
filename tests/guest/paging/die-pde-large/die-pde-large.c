/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first use of a directory entry with bit 7 (PS) kills the guest.
 *
 * Reason: One 4 MB page of machine memory would contain frames of other owners.
 *
 * Method: The entry is made without a hypercall, and then read through.
 *
 * Expect: killed "bad page directory entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	directory_set(kernel_directory, AT, PTE_PRESENT | PTE_WRITE | PTE_LARGE);
	is_fine(try_read((u32)image_start), "a large PDE does no harm before it is used");
	try_read(AT);
	return "still alive";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first use of a directory entry whose page table is beyond the guest's memory kills
 * the guest.
 *
 * Reason: The hypervisor would read entries from a frame that is not the guest's, and write
 * ACCESSED to it.
 *
 * Method: A page table in the last frame, which must pass, then one in the frame behind it.
 *
 * Module: devices=off
 * Expect: killed "bad page directory entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

const char *guest_main(void)
{
	paging_start();
	directory_set(kernel_directory, AT, (boot_memory() - PAGE_SIZE) | PTE_PRESENT | PTE_WRITE);
	is_page_fault(try_read(AT), 0, AT, "a table in the last frame of memory");
	directory_set(kernel_directory, AT, boot_memory() | PTE_PRESENT | PTE_WRITE);
	is_fine(try_read((u32)image_start), "a table beyond memory that is not used");
	try_read(AT);
	return "still alive";
}

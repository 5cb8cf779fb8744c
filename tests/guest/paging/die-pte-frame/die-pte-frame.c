/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first use of a page table entry whose frame is beyond the guest's memory kills the
 * guest.
 *
 * Reason: The frame would belong to another guest or to the hypervisor.
 *
 * Method: The last frame of memory, which must pass. Then the one behind it, which does no harm
 * until it is read.
 *
 * Module: devices=off
 * Expect: killed "bad page table entry"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u
#define BEFORE ((u32)image_start)

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, AT, boot_memory() - PAGE_SIZE, PTE_WRITE);
	is_fine(try_write(AT, 1), "an entry with the last frame of memory works");
	page_map(kernel_directory, AT, boot_memory(), PTE_WRITE);
	is_fine(try_read(BEFORE), "a frame beyond memory that is not used");
	try_read(AT);
	return "still alive";
}

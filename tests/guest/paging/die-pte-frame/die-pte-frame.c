// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A page table entry whose frame is beyond the guest's memory: the guest dies when it uses it.
 *
 * It would be somebody else's frame, or the hypervisor's own. The last frame of memory is fine; the
 * one behind it is not, and is harmless only as long as nobody touches the page.
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
	is_fine(try_write(AT, 1), "the last frame of memory");
	page_map(kernel_directory, AT, boot_memory(), PTE_WRITE);
	is_fine(try_read(BEFORE), "one beyond it, not used");
	try_read(AT);
	return "still alive";
}

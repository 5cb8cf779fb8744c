/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A page fault of ring 3 whose ring-1 stack is in the Switcher's 4 MB kills the guest, also if a task
 * switch by the ring has set that stack.
 *
 * Reason: Such a task switch is served without most of what SET_STACK does.
 *
 * Method: Two task switches, to a good stack and to the middle of the CPU's registers page; a page fault after
 * each.
 *
 * Expect: killed "stack 0x69:0xffc017e8 cannot take the frame of trap 14"
 */
#include "guest/include/kit.h"

#define NOTHING_AT 0x21000000u
#define STACK_AT 0xD0000000u
#define STACK_PAGES 2u
#define IN_REGISTERS_PAGE 0xFFC01800u /* a frame of 24 bytes fits below */

static struct descriptor tls[GUEST_TLS_ENTRIES];

static void switch_to(u32 stack)
{
	hypercall_async(HCALL_NEW_PGTABLE, gpa_of(kernel_directory), 0, 0, 0);
	hypercall_async(HCALL_SET_STACK, GUEST_DS, stack, STACK_PAGES, 0);
	hypercall_async(HCALL_LOAD_TLS, gpa_of(tls), 0, 0, 0);
	hcall_flush_async();
}

const char *guest_main(void)
{
	u32 page;

	paging_start();
	user_map(kernel_directory);
	for (page = 1; page <= STACK_PAGES; page++)
		page_map(kernel_directory, STACK_AT - page * PAGE_SIZE, gpa_of(page_alloc()),
			 PTE_WRITE);
	switch_to(STACK_AT);
	ring3_read(NOTHING_AT);
	switch_to(IN_REGISTERS_PAGE);
	ring3_read(NOTHING_AT);
	return "survived";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NEW_PGTABLE in the ring with a bad address kills the guest, also if the calls of a task switch
 * surround it.
 *
 * Reason: The hypervisor knows a free directory by an address that no guest can have. It serves the calls of a
 * task switch together, and a guest may pass this address.
 *
 * Method: A task switch to 0xFFFFFFFF, with the stack and the segments of the one before.
 *
 * Expect: killed "bad page directory address 0xffffffff"
 */
#include "guest/include/kit.h"

#define STACK 0xD0000000u /* in the kernel's part */
#define STACK_PAGES 2u

static struct descriptor tls[GUEST_TLS_ENTRIES];

static void switch_to(gpa_t directory)
{
	hypercall_async(HCALL_NEW_PGTABLE, directory, 0, 0, 0);
	hypercall_async(HCALL_SET_STACK, GUEST_DS, STACK + STACK_PAGES * PAGE_SIZE, STACK_PAGES, 0);
	hypercall_async(HCALL_LOAD_TLS, gpa_of(tls), 0, 0, 0);
	hcall_flush_async();
}

const char *guest_main(void)
{
	u32 page;

	paging_start();
	for (page = 0; page < STACK_PAGES; page++)
		page_map(kernel_directory, STACK + page * PAGE_SIZE, gpa_of(page_alloc()),
			 PTE_WRITE);
	switch_to(gpa_of(kernel_directory));
	switch_to(gpa_of(kernel_directory));
	switch_to(0xFFFFFFFF);
	return "survived";
}

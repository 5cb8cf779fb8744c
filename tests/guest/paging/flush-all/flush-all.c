/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: FLUSH_TLB with an argument other than 0 discards the stale entries of every address
 * space and of the kernel's part.
 *
 * Reason: A kernel makes this hypercall after it has changed its own page tables.
 *
 * Method: Entries in several address spaces and in the kernel's part are changed without a
 * hypercall. Each is read before the flush and after it.
 *
 * Expect: shut down "tap: 14 passed"
 */
#include "guest/include/kit.h"

#define USER 0x20000000u
#define KERNEL 0xC0000000u    /* kernel_address */
#define LAST_PAGE 0xFFBFF000u /* below the Switcher's 4 MB */

static struct page_table *space, *other;

static void make_stale(void)
{
	directory_switch(other);
	stale_make(other, USER, 1);
	directory_switch(space);
	stale_make(space, USER, 2);
	stale_make(space, KERNEL, 3);
	stale_make(space, LAST_PAGE, 4);
}

static void expect_gone(const char *when)
{
	is_page_fault(try_read(USER), 0, USER, "%s: the user's entry is gone", when);
	is_page_fault(try_read(KERNEL), 0, KERNEL, "the kernel's entry is gone");
	is_page_fault(try_read(LAST_PAGE), 0, LAST_PAGE, "the last page's entry is gone");
	directory_switch(other);
	is_page_fault(try_read(USER), 0, USER, "another address space's user entry is gone");
	is_page_fault(try_read(KERNEL), 0, KERNEL, "another address space's kernel entry is gone");
}

const char *guest_main(void)
{
	paging_start();
	page_map_quietly(kernel_directory, KERNEL, gpa_of(page_alloc()), PTE_WRITE);
	page_map_quietly(kernel_directory, LAST_PAGE, gpa_of(page_alloc()), PTE_WRITE);
	space = directory_new();
	other = directory_new();

	make_stale();
	ok(stale_is_seen(USER, 2) && stale_is_seen(KERNEL, 3) && stale_is_seen(LAST_PAGE, 4),
	   "before: stale entries are seen");
	hcall_flush_tlb_all();
	expect_gone("after");

	make_stale();
	hypercall(HCALL_FLUSH_TLB, 1u << 31, 0, 0, 0);
	expect_gone("the highest bit alone");

	page_map_quietly(other, USER, gpa_of(page_with(5)), PTE_WRITE);
	page_map_quietly(other, KERNEL, gpa_of(page_with(6)), PTE_WRITE);
	is_value(try_read(USER), 5, "the tables' entries are filled again");
	is_value(try_read(KERNEL), 6, "the kernel's tables are filled again");
	directory_switch(space);
	is_value(try_read(KERNEL), 6, "another address space has the kernel's new entry");
	done();
}

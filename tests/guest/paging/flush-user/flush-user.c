/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: FLUSH_TLB of the user part discards the stale entries of the current address space.
 * The kernel's part and the other address spaces keep theirs.
 *
 * Reason: A kernel makes this hypercall after it has changed many entries of one process, as in
 * fork. A flush that discarded the kernel's part too would cost more than it saves.
 *
 * Method: Entries are changed without a hypercall. Each is read before the flush and after it.
 *
 * Expect: shut down "tap: 15 passed"
 */
#include "guest/include/kit.h"

#define FIRST 0x20000000u
#define SAME_TABLE (FIRST + TABLE_SPAN - PAGE_SIZE)
#define LAST 0xBFFFF000u   /* the last user page */
#define KERNEL 0xC0000000u /* kernel_address */

const char *guest_main(void)
{
	struct page_table *space, *other;

	paging_start();
	page_map_quietly(kernel_directory, KERNEL, gpa_of(page_alloc()), PTE_WRITE);
	space = directory_new();
	other = directory_new();
	directory_switch(other);
	stale_make(other, FIRST, 1);

	directory_switch(space);
	stale_make(space, FIRST, 2);
	stale_make(space, SAME_TABLE, 3);
	stale_make(space, LAST, 4);
	stale_make(space, KERNEL, 5);
	is_value(try_read(FIRST), 2, "before: a stale entry is seen");
	is_value(try_read(SAME_TABLE), 3, "before: a stale entry in the same table is seen");
	is_value(try_read(LAST), 4, "before: a stale entry in the last user page is seen");
	is_value(try_read(KERNEL), 5, "before: a stale entry of the kernel is seen");

	hcall_flush_tlb_user();
	is_page_fault(try_read(FIRST), 0, FIRST, "after: the stale entry is gone");
	is_page_fault(try_read(SAME_TABLE), 0, SAME_TABLE,
		      "after: the entry in the same table is gone");
	is_page_fault(try_write(LAST, 0), PF_WRITE, LAST,
		      "after: the entry of the last user page is gone");
	is_value(try_read(KERNEL), 5, "after: the kernel's entry is still there");

	directory_switch(other);
	is_value(try_read(FIRST), 1, "another address space has kept its own entries");
	is_value(try_read(KERNEL), 5, "another address space has kept the kernel's entries");
	directory_switch(space);
	is_page_fault(try_read(FIRST), 0, FIRST,
		      "back in the first space: the entry is still gone");

	page_map_quietly(space, FIRST, gpa_of(page_with(6)), PTE_WRITE);
	is_value(try_read(FIRST), 6, "the table's entry is filled again");
	is_equal(page_lookup(space, FIRST) & PTE_MARKS, PTE_ACCESSED,
		 "the entry that is filled again has A");
	hcall_flush_tlb_user();
	hcall_flush_tlb_user();
	is_value(try_read(FIRST), 6, "a flush without a change keeps the page readable");
	is_fine(try_write(FIRST, 7), "a flush without a change keeps the page writable");
	done();
}

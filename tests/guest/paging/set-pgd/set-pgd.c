/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PGD discards the shadow of one directory entry and reads the entry again. It
 * discards nothing else.
 *
 * Reason: A kernel gives an address space a page table, or takes one away, with this hypercall.
 *
 * Method: Stale entries show what is cached: below the named directory entry, below the next one,
 * and in another address space.
 *
 * Expect: shut down "tap: 23 passed"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u
#define BESIDE (AT + TABLE_SPAN)
#define KERNEL_AT 0xD0000000u

/* A table whose first page has this number. */
static pte_t entry_of_table(u32 number)
{
	struct page_table *table = page_alloc();

	table->entry[0] = gpa_of(page_with(number)) | PTE_PRESENT | PTE_WRITE;
	return gpa_of(table) | PTE_PRESENT | PTE_WRITE;
}

static void test_another_table(void)
{
	pte_t entry = entry_of_table(2);

	stale_make(kernel_directory, AT, 1);
	stale_make(kernel_directory, BESIDE, 1);
	directory_set_quietly(kernel_directory, AT, entry);
	is_value(try_read(AT), 1, "another table, not announced: the old page is still there");
	directory_set(kernel_directory, AT, entry);
	is_value(try_read(AT), 2, "another table, announced: the new page is there");
	is_equal(*directory_entry(kernel_directory, AT), entry | PTE_ACCESSED,
		 "a write goes through the new table");
	is_value(try_read(BESIDE), 1, "the slot beside it keeps what is cached");
	stale_make(kernel_directory, AT, 1);
	directory_announce(kernel_directory, AT - TABLE_SPAN);
	directory_announce(kernel_directory, AT + TABLE_SPAN);
	is_value(try_read(AT), 1, "the slot beside it is discarded by its own number only");
}

static void test_no_table(void)
{
	page_map(kernel_directory, AT, gpa_of(page_with(3)), PTE_WRITE);
	page_map(kernel_directory, AT + TABLE_SPAN - PAGE_SIZE, gpa_of(page_with(4)), 0);
	is_value(try_read(AT), 3, "first page of a slot");
	is_value(try_read(AT + TABLE_SPAN - PAGE_SIZE), 4, "last page of the slot");
	directory_set(kernel_directory, AT, 0);
	is_page_fault(try_read(AT), 0, AT, "no table any more: the first page is gone");
	is_page_fault(try_read(AT + TABLE_SPAN - PAGE_SIZE), 0, AT + TABLE_SPAN - PAGE_SIZE,
		      "the last page is gone");
}

/* The directory is a page that was never in CR3. */
static void announce_elsewhere(gva_t at)
{
	if (GUEST_PAE)
		hcall_set_pmd(gpa_of(page_alloc()), directory_index(at) % TABLE_ENTRIES);
	else
		hcall_set_pgd(gpa_of(page_alloc()), directory_index(at));
}

static void test_elsewhere(void)
{
	struct page_table *first = directory_new(), *second = directory_new();

	directory_switch(first);
	stale_make(first, AT, 1);
	directory_switch(second);
	stale_make(second, AT, 2);
	directory_set(first, AT, entry_of_table(3));
	is_value(try_read(AT), 2, "in another directory: the current one keeps its own");
	announce_elsewhere(AT);
	is_value(try_read(AT), 2,
		 "in a page that never was a directory: the current one keeps its own");
	directory_switch(first);
	is_value(try_read(AT), 3, "the one that was named has the new table");
	directory_switch(second);
	is_value(try_read(AT), 2, "the directory that was not named keeps its own table");
	directory_switch(kernel_directory);
}

/* The table is the same for all address spaces, so its entry is too. */
static void test_kernel(void)
{
	struct page_table *first, *second;
	pte_t entry = entry_of_table(6);

	page_map_quietly(kernel_directory, KERNEL_AT, gpa_of(page_with(5)), PTE_WRITE);
	first = directory_new();
	second = directory_new();
	directory_switch(first);
	is_value(try_read(KERNEL_AT), 5, "a kernel's table");
	directory_switch(second);
	is_value(try_read(KERNEL_AT), 5, "a kernel's table is the same in another directory");
	directory_set_quietly(first, KERNEL_AT, entry);
	directory_set_quietly(kernel_directory, KERNEL_AT, entry);
	directory_set(second, KERNEL_AT, entry);
	is_value(try_read(KERNEL_AT), 6,
		 "another kernel's table, announced in one directory, is seen there");
	directory_switch(first);
	is_value(try_read(KERNEL_AT), 6, "another kernel's table is seen in both directories");
	directory_set(second, KERNEL_AT, 0);
	directory_set_quietly(first, KERNEL_AT, 0);
	is_page_fault(try_read(KERNEL_AT), 0, KERNEL_AT,
		      "no kernel's table, announced in the other directory, is seen there");
	directory_switch(second);
	is_page_fault(try_read(KERNEL_AT), 0, KERNEL_AT,
		      "no kernel's table is seen in both directories");
	directory_switch(kernel_directory);
}

/* The Switcher's entry: the guest's is never used. */
static void test_top_slot(void)
{
	gva_t last_page = SWITCHER_START + TABLE_SPAN - PAGE_SIZE;
	u32 switcher = try_read(SWITCHER_START).value;
	pte_t entry = entry_of_table(7);

	page_map_quietly(kernel_directory, last_page, gpa_of(page_with(8)), PTE_WRITE);
	directory_set(kernel_directory, SWITCHER_START, entry);
	is_value(try_read(SWITCHER_START), switcher, "the last slot: the Switcher is still there");
	ok(try_read(last_page).trapped, "the last slot: nothing of the guest's is there");
	announce_elsewhere(SWITCHER_START);
	stale_make(kernel_directory, AT, 9);
	directory_announce(kernel_directory, SWITCHER_START);
	is_value(try_read(AT), 9, "the last slot: nothing else was discarded");
	*directory_entry(kernel_directory, 0) &= ~PTE_ACCESSED;
	directory_announce(kernel_directory, 0);
	ok(*directory_entry(kernel_directory, 0) & PTE_ACCESSED,
	   "the slot of the running code is filled again");
}

const char *guest_main(void)
{
	paging_start();
	test_another_table();
	test_no_table();
	test_elsewhere();
	test_kernel();
	test_top_slot();
	done();
}

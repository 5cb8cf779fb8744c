/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE of a user address changes the named directory only, also where that directory
 * is not the current one, was never current, or does not exist yet.
 *
 * Reason: A kernel that swaps a page out changes the page tables of other processes.
 *
 * Method: As in set-pte: the guest's own tables lose the entries without a hypercall, and what can
 * still be used is in the shadow.
 *
 * Expect: shut down "tap: 10 passed"
 */
#include "guest/include/kit.h"

#define AT 0x20000000u

/* An address space in which AT has this number, and is cached. */
static struct page_table *space_with(u32 number)
{
	struct page_table *space = directory_new();

	page_map_quietly(space, AT, gpa_of(page_with(number)), PTE_WRITE);
	return space;
}

static struct page_table *cached_with(u32 number)
{
	struct page_table *space = directory_new();

	directory_switch(space);
	stale_make(space, AT, number);
	return space;
}

static void test_loaded_before(void)
{
	struct page_table *first = cached_with(1), *second = cached_with(2);

	is_value(try_read(AT), 2, "the current space has its own page");
	page_map(first, AT, gpa_of(page_with(11)), PTE_MARKS);
	page_unmap_quietly(first, AT);
	is_value(try_read(AT), 2, "the current space keeps its page when another space is changed");
	directory_switch(first);
	is_value(try_read(AT), 11, "the other space has the new entry");
	page_unmap(second, AT);
	is_value(try_read(AT), 11, "the other space keeps its entry when the first is changed");
	directory_switch(second);
	is_page_fault(try_read(AT), 0, AT, "the page is gone in the first space");
}

static void test_never_loaded(void)
{
	struct page_table *current = cached_with(3), *other = space_with(4);

	page_map(other, AT, gpa_of(page_with(14)), PTE_MARKS);
	is_value(try_read(AT), 3,
		 "SET_PTE in a space that never was loaded changes no other space");
	hcall_set_pte(gpa_of(page_alloc()), AT, 0);
	is_value(try_read(AT), 3, "a page that is no directory at all: the same");
	directory_switch(other);
	is_value(try_read(AT), 14, "when it is loaded, its own tables count");
	directory_switch(current);
	is_value(try_read(AT), 3, "the one before has kept its entry");
}

static void test_used_again(void)
{
	struct page_table *space = cached_with(5);

	directory_switch(kernel_directory);
	page_map(space, AT, gpa_of(page_with(6)), PTE_WRITE);
	directory_switch(space);
	is_value(try_read(AT), 6, "an entry that was replaced while it was away");
}

const char *guest_main(void)
{
	paging_start();
	test_loaded_before();
	test_never_loaded();
	test_used_again();
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE in the current address space installs an entry with ACCESSED at once. Any
 * other entry only replaces a cached one, and an absent entry removes it.
 *
 * Reason: An installed entry saves a page fault. An entry without ACCESSED must not be installed,
 * because its first use would not set the bit.
 *
 * Method: After SET_PTE the guest makes the entry in its own table absent, without a hypercall. An
 * address that can still be used is in the shadow.
 *
 * Expect: shut down "tap: 28 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u

static u32 *old_page, *new_page;

/* `at` maps old_page, is written once, and is cached writable. */
static gva_t cached(gva_t at)
{
	*old_page = 1;
	*new_page = 2;
	page_map(kernel_directory, at, gpa_of(old_page), PTE_WRITE);
	try_write(at, 1);
	page_unmap_quietly(kernel_directory, at);
	is_value(try_read(at), 1, "a cached entry stays in use until it is announced");
	return at;
}

static void announce(gva_t at, u32 flags)
{
	page_map(kernel_directory, at, gpa_of(new_page), flags);
	page_unmap_quietly(kernel_directory, at);
}

static void test_accessed_and_dirty(gva_t at)
{
	announce(cached(at), PTE_WRITE | PTE_MARKS);
	is_value(try_read(at), 2, "A and D: installed at once");
	is_fine(try_write(at, 3), "A and D: writable at once");
	is_equal(*new_page, 3, "a write after SET_PTE goes to the new page");
	is_equal(*old_page, 1, "the write did not go to the old page");
	is_equal(page_lookup(kernel_directory, at), 0, "the guest's own entry was not touched");
}

static void test_accessed(gva_t at)
{
	announce(cached(at), PTE_WRITE | PTE_ACCESSED);
	is_value(try_read(at), 2, "A without D: readable at once");
	is_page_fault(try_write(at, 3), PF_WRITE, at, "A without D: a write must set D first");
	page_map_quietly(kernel_directory, at, gpa_of(new_page), PTE_WRITE | PTE_ACCESSED);
	is_fine(try_write(at, 3),
		"A without D: the write goes through where the guest's table allows it");
	ok(page_lookup(kernel_directory, at) & PTE_DIRTY, "A without D: the write sets D");
}

static void test_read_only(gva_t at)
{
	announce(cached(at), PTE_MARKS);
	is_value(try_read(at), 2, "read-only with A and D: readable at once");
	is_page_fault(try_write(at, 3), PF_WRITE, at, "read-only with A and D: not writable");
}

static void test_unmarked(gva_t at)
{
	announce(cached(at), PTE_WRITE);
	is_page_fault(try_read(at), 0, at,
		      "neither A nor D: not installed, and the old entry is gone");
	page_map_quietly(kernel_directory, at, gpa_of(new_page), PTE_WRITE);
	is_value(try_read(at), 2, "neither A nor D: filled at its first use");
	is_equal(page_lookup(kernel_directory, at) & PTE_MARKS, PTE_ACCESSED,
		 "neither A nor D: its first use sets A");
}

static void test_absent(gva_t at)
{
	page_unmap(kernel_directory, cached(at));
	is_page_fault(try_read(at), 0, at, "absent: gone");
	page_set(kernel_directory, cached(at),
		 gpa_of(new_page) | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY);
	is_page_fault(try_read(at), 0, at, "absent with every other bit set: gone too");
}

/* An entry with a frame beyond memory matters only when it is used. */
static void test_unused(gva_t at)
{
	page_set(kernel_directory, cached(at), boot_memory() | PTE_PRESENT | PTE_WRITE);
	page_set(kernel_directory, at, boot_memory() | PTE_MARKS);
	page_map(kernel_directory, at, gpa_of(new_page), PTE_WRITE);
	is_value(try_read(at), 2, "a bad entry that is never used does no harm");
}

/* The address may be any byte of the page. The entry is the hypercall's, not the table's. */
static void test_arguments(gva_t at)
{
	cached(at);
	hcall_set_pte(gpa_of(kernel_directory), at + PAGE_SIZE - 1,
		      gpa_of(new_page) | PTE_PRESENT | PTE_ACCESSED);
	is_value(try_read(at), 2, "the entry is the one in the hypercall");
	cached(at);
	hcall_set_pte(gpa_of(kernel_directory), at + PAGE_SIZE, 0);
	hcall_set_pte(gpa_of(kernel_directory), at - 1, 0);
	is_value(try_read(at), 1, "those of the pages beside it are others");
}

const char *guest_main(void)
{
	gva_t at = AREA;

	paging_start();
	old_page = page_with(1);
	new_page = page_with(2);
	test_accessed_and_dirty(at);
	test_accessed(at += PAGE_SIZE);
	test_read_only(at += PAGE_SIZE);
	test_unmarked(at += PAGE_SIZE);
	test_absent(at += PAGE_SIZE);
	test_unused(at += PAGE_SIZE);
	test_arguments(at += PAGE_SIZE);
	done();
}

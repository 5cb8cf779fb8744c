/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_STACK maps the pages below the top of the trap stack for writing before a trap
 * needs them, at once and after each switch of address space and each flush.
 *
 * Reason: The CPU itself pushes the frame of a direct trap. Without the page, each system call
 * would first cost a page fault.
 *
 * Method: A pinned page has ACCESSED and DIRTY in the guest's own table although it was never
 * touched. A page that is not pinned has neither.
 *
 * Expect: shut down "tap: 17 passed"
 */
#include "guest/include/kit.h"

#define STACK 0x20000000u /* four pages, in the user part */
#define PAGES 4
#define TOP (STACK + PAGES * PAGE_SIZE)

static void set_stack(gva_t top, u32 pages)
{
	hcall_set_stack(GUEST_DS, top, pages);
}

static void use_kit_stack(void)
{
	set_stack((u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
}

/* The stack's pages without marks, and nothing of them cached. */
static void map_stack(struct page_table *directory, u32 flags)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		page_map(directory, STACK + i * PAGE_SIZE, gpa_of(page_alloc()), flags);
}

/* Bit n: page n is marked, with both marks; the lowest page is page 0. */
static u32 pinned(const struct page_table *directory)
{
	u32 i, set = 0;

	for (i = 0; i < PAGES; i++)
		if ((page_lookup(directory, STACK + i * PAGE_SIZE) & PTE_MARKS) == PTE_MARKS)
			set |= 1u << i;
	return set;
}

static void forget_marks(struct page_table *directory)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		*page_entry(directory, STACK + i * PAGE_SIZE) &= ~PTE_MARKS;
}

static void test_pages(void)
{
	map_stack(kernel_directory, PTE_WRITE);
	set_stack(TOP, 0);
	is_equal(pinned(kernel_directory), 0x0, "SET_STACK with no page: none is pinned");
	set_stack(TOP, 1);
	is_equal(pinned(kernel_directory), 0x8,
		 "SET_STACK with one page: the page below the top is pinned");
	set_stack(TOP, 2);
	is_equal(pinned(kernel_directory), 0xC, "two pages: the two below the top");
	map_stack(kernel_directory, PTE_WRITE);
	set_stack(TOP - PAGE_SIZE + 4, 1);
	is_equal(pinned(kernel_directory), 0x8, "a top inside a page: that page");
	set_stack(TOP - PAGE_SIZE, 1);
	is_equal(pinned(kernel_directory), 0xC, "a top where a page begins: the page below");
	map_stack(kernel_directory, PTE_WRITE);
	try_read(TOP - 4);
	set_stack(TOP, 1);
	is_equal(pinned(kernel_directory), 0x8,
		 "a page that was cached read-only is pinned for writing");
}

/* A pin must not allow more than the guest's tables. */
static void test_not_allowed(void)
{
	use_kit_stack();
	map_stack(kernel_directory, 0);
	set_stack(TOP, 2);
	is_equal(pinned(kernel_directory), 0, "a read-only page is not pinned");
	is_page_fault(try_write(TOP - 4, 0), PF_PRESENT | PF_WRITE, TOP - 4,
		      "a read-only page stays read-only");
	page_unmap(kernel_directory, TOP - PAGE_SIZE);
	set_stack(TOP, 2);
	is_page_fault(try_read(TOP - 4), 0, TOP - 4, "an absent page stays absent");
	use_kit_stack();
}

static void test_flushes(void)
{
	map_stack(kernel_directory, PTE_WRITE);
	set_stack(TOP, 2);
	forget_marks(kernel_directory);
	hcall_flush_tlb_user();
	is_equal(pinned(kernel_directory), 0xC, "pinned again after a flush of the user part");
	forget_marks(kernel_directory);
	hcall_flush_tlb_all();
	is_equal(pinned(kernel_directory), 0xC, "pinned again after a flush of everything");
	use_kit_stack();
}

static void test_switch(void)
{
	struct page_table *first = directory_new(), *second = directory_new();

	user_map(first);
	user_map(second);
	directory_set_quietly(first, STACK, 0);
	directory_set_quietly(second, STACK, 0);
	map_stack(first, PTE_WRITE);
	map_stack(second, PTE_WRITE);
	directory_switch(first);
	set_stack(TOP, 2);
	is_equal(pinned(first), 0xC, "pinned in the current address space");
	is_equal(pinned(second), 0x0, "not pinned in another address space");
	directory_switch(second);
	is_equal(pinned(second), 0xC, "pinned in another address space after the switch");
	is_value(ring3_read((u32)user_start), *(u32 *)gpa_pointer((u32)user_load),
		 "a system call from ring 3 arrives on it");
	directory_switch(first);
	set_stack(TOP, 1);
	page_set(second, TOP - PAGE_SIZE, page_lookup(second, TOP - PAGE_SIZE) & ~PTE_MARKS);
	is_equal(pinned(second), 0x4, "an entry that is announced unmarked meanwhile");
	directory_switch(second);
	is_equal(pinned(second), 0xC, "is pinned when that address space comes back");
	use_kit_stack();
	directory_switch(kernel_directory);
}

const char *guest_main(void)
{
	paging_start();
	test_pages();
	test_not_allowed();
	test_flushes();
	test_switch();
	done();
}

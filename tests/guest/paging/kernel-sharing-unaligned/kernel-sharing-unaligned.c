/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: With a kernel_address that is no multiple of 4 MB, addresses below it belong to one
 * address space and addresses from it up to all, although one table holds both.
 *
 * Reason: Linux can be configured so. Sharing the whole shadow table would show one process the
 * memory of another; without sharing, each change has to be made in all address spaces.
 *
 * Method: Addresses just below and just above kernel_address are changed, announced and flushed in
 * one address space and read in the others.
 *
 * Expect: shut down "tap: 21 passed"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

#define KERNEL 0xC0100000u /* kernel_address */
#define BELOW (KERNEL - PAGE_SIZE)
#define LAST_OF_SLOT (0xC0400000u - PAGE_SIZE)
#define NEXT_SLOT 0xC0400000u /* shared as a whole */
#define SPACES 3

static struct page_table *spaces[SPACES];

static void start(void)
{
	lguest_data.kernel_address = KERNEL;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	page_map_quietly(kernel_directory, NEXT_SLOT, gpa_of(page_with(0)), PTE_WRITE);
}

/* Each has a table of its own for the slot, since its part below kernel_address is its own. */
static void make_spaces(void)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		page_map_quietly(spaces[i], BELOW, gpa_of(page_with(i)), PTE_WRITE);
	}
}

/* Changes the kernel's part: in all tables, with one announcement. */
static void kernel_set(gva_t at, pte_t entry, struct page_table *named)
{
	u32 i;

	for (i = 0; i < SPACES; i++)
		page_set_quietly(spaces[i], at, entry);
	page_set(named, at, entry);
}

static void expect_everywhere(gva_t at, u32 number, const char *what)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		is_value(try_read(at), number, "%s: in space %u", what, i);
	}
}

static void test_below(void)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		is_value(try_read(BELOW), i, "below: space %u has its own page", i);
	}
	directory_switch(spaces[0]);
	page_map(spaces[1], BELOW, gpa_of(page_with(11)), PTE_MARKS);
	is_value(try_read(BELOW), 0,
		 "below: SET_PTE in another space changes nothing in the current one");
	directory_switch(spaces[1]);
	is_value(try_read(BELOW), 11, "below: SET_PTE changes the space that it names");
}

static void test_above(void)
{
	pte_t flags = PTE_PRESENT | PTE_WRITE;

	kernel_set(KERNEL, gpa_of(page_with(21)) | flags, spaces[0]);
	kernel_set(LAST_OF_SLOT, gpa_of(page_with(31)) | flags, spaces[0]);
	expect_everywhere(KERNEL, 21, "first page above");
	expect_everywhere(LAST_OF_SLOT, 31, "last page of the slot");
	kernel_set(KERNEL, gpa_of(page_with(22)) | flags | PTE_MARKS, spaces[0]);
	expect_everywhere(KERNEL, 22, "changed with A and D");
	kernel_set(LAST_OF_SLOT, gpa_of(page_with(32)) | flags, page_alloc());
	expect_everywhere(LAST_OF_SLOT, 32, "changed, naming one never loaded");
}

/* The change is announced in another space than the one that used the page. */
static void test_removed(void)
{
	gva_t at = KERNEL + PAGE_SIZE;

	kernel_set(at, gpa_of(page_with(51)) | PTE_PRESENT | PTE_WRITE, spaces[0]);
	directory_switch(spaces[0]);
	is_value(try_read(at), 51, "a page, used in one space");
	directory_switch(spaces[1]);
	kernel_set(at, 0, spaces[1]);
	directory_switch(spaces[0]);
	is_page_fault(try_read(at), 0, at, "a kernel page unmapped in another space is gone");
}

/* From the next slot up, whole tables are shared again. */
static void test_next_slot(void)
{
	directory_switch(spaces[0]);
	stale_make(spaces[0], NEXT_SLOT, 41);
	directory_switch(directory_new());
	is_value(try_read(NEXT_SLOT), 41, "the next slot is shared with a new space");
	page_unmap(kernel_directory, NEXT_SLOT);
	directory_switch(spaces[0]);
	is_page_fault(try_read(NEXT_SLOT), 0, NEXT_SLOT,
		      "one SET_PTE in the next slot is for all spaces");
}

const char *guest_main(void)
{
	start();
	make_spaces();
	test_below();
	test_above();
	test_removed();
	test_next_slot();
	done();
}

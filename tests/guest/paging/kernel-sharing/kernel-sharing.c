/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The part from kernel_address up is the same in all address spaces: an entry that is
 * filled or announced in one of them is there in every other, even in one that is loaded for the
 * first time.
 *
 * Reason: Otherwise each new process would have a page fault for each kernel page, and each change
 * of a kernel page would have to be made in every process.
 *
 * Method: Stale entries show that the tables themselves are shared. kernel_address is a multiple of
 * 4 MB; kernel-sharing-unaligned is the other case.
 *
 * Expect: shut down "tap: 16 passed"
 */
#include "guest/include/kit.h"

#define SPACES 20
#define KERNEL 0xC0000000u /* kernel_address */
#define BELOW (KERNEL - PAGE_SIZE)
#define NEXT_SLOT (KERNEL + TABLE_SPAN)
#define LAST_PAGE 0xFFBFF000u

static struct page_table *spaces[SPACES];

static void make_spaces(void)
{
	const gva_t tables[] = {KERNEL, NEXT_SLOT, LAST_PAGE};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		page_map_quietly(kernel_directory, tables[i], gpa_of(page_alloc()), PTE_WRITE);
	for (i = 0; i < SPACES; i++)
		spaces[i] = directory_new();
}

static void test_warm(void)
{
	directory_switch(spaces[0]);
	stale_make(spaces[0], KERNEL, 1);
	stale_make(spaces[0], LAST_PAGE, 2);
	stale_make(spaces[0], BELOW, 3);
	directory_switch(spaces[1]);
	is_value(try_read(KERNEL), 1, "a new space has what was filled of the first kernel page");
	is_value(try_read(LAST_PAGE), 2, "a new space has what was filled of the last kernel page");
	is_fine(try_write(KERNEL, 4), "a new space may write the first kernel page");
	is_page_fault(try_read(BELOW), 0, BELOW, "a new space has nothing of the user page below");
	directory_switch(spaces[0]);
	is_value(try_read(KERNEL), 4, "one space reads the value that the other wrote");
	is_value(try_read(BELOW), 3, "the first space still has its own user page below");
}

/* The table itself is new, with other directories cached already. */
static void test_new_table(void)
{
	directory_switch(spaces[2]);
	stale_make(spaces[2], NEXT_SLOT, 5);
	directory_switch(spaces[0]);
	is_value(try_read(NEXT_SLOT), 5, "a table that is filled later is in every space");
	directory_switch(spaces[1]);
	is_value(try_read(NEXT_SLOT), 5,
		 "a space reads through a table that another space has filled");
}

static u32 count_reading(gva_t at, u32 number)
{
	u32 i, count = 0;

	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		count += stale_is_seen(at, number);
	}
	return count;
}

static void test_one_change(void)
{
	is_equal(count_reading(NEXT_SLOT, 5), SPACES, "a new kernel page is in 20 spaces");
	page_map(spaces[7], NEXT_SLOT, gpa_of(page_with(6)), PTE_WRITE | PTE_MARKS);
	is_equal(count_reading(NEXT_SLOT, 6), SPACES,
		 "one SET_PTE changes a kernel page in all spaces");
	page_unmap(spaces[SPACES - 1], NEXT_SLOT);
	is_equal(count_reading(NEXT_SLOT, 6), 0,
		 "one SET_PTE removes a kernel page from all spaces");
	page_map(spaces[0], NEXT_SLOT, gpa_of(page_with(7)), 0);
	is_equal(count_reading(NEXT_SLOT, 7), SPACES,
		 "one SET_PTE makes a kernel page present in all spaces");
	is_page_fault(try_write(NEXT_SLOT, 0), PF_PRESENT | PF_WRITE, NEXT_SLOT,
		      "a write to a read-only kernel page faults");
}

/* A user page stays in its own space, for any number of spaces. */
static void test_user_part(void)
{
	u32 i, right = 0;

	for (i = 0; i < SPACES; i++)
		page_map(spaces[i], BELOW, gpa_of(page_with(i)), PTE_MARKS | PTE_WRITE);
	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		right += stale_is_seen(BELOW, i);
	}
	is_equal(right, SPACES, "below kernel_address each space has its own page");
}

static void test_user_access(void)
{
	page_map(kernel_directory, KERNEL, gpa_of(page_with(8)), PTE_USER);
	user_map(spaces[0]);
	directory_switch(spaces[0]);
	is_value(ring3_read(KERNEL), 8, "a kernel page that ring 3 may read");
	page_map(kernel_directory, KERNEL, gpa_of(page_with(8)), PTE_MARKS);
	is_page_fault(ring3_read(KERNEL), PF_PRESENT | PF_USER, KERNEL,
		      "a kernel page that ring 3 may no longer read");
}

const char *guest_main(void)
{
	paging_start();
	make_spaces();
	test_warm();
	test_new_table();
	test_one_change();
	test_user_part();
	test_user_access();
	done();
}

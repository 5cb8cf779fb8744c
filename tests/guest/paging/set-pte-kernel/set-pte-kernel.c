/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: SET_PTE of a kernel address takes effect in every address space, whichever directory
 * it names.
 *
 * Reason: A kernel announces a change of its own part once, and not once for each process.
 *
 * Method: Two address spaces have the address cached, a third one was never loaded. SET_PTE names
 * one of them, and the test looks for the change in all three.
 *
 * Expect: shut down "tap: 18 passed"
 */
#include "guest/include/kit.h"

#define AT 0xD0000000u /* above kernel_address, which is 0xC0000000 */
#define SPACES 3

static struct page_table *spaces[SPACES];

static void expect_everywhere(u32 number, const char *change)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		is_value(try_read(AT), number, "%s: in space %u", change, i);
	}
}

static void expect_nowhere(const char *change)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		directory_switch(spaces[i]);
		is_page_fault(try_read(AT), 0, AT, "%s: in space %u", change, i);
	}
}

/* Leaves the first two with the entry cached, the second one current. */
static void use_in_two(void)
{
	directory_switch(spaces[0]);
	try_read(AT);
	directory_switch(spaces[1]);
	try_read(AT);
}

const char *guest_main(void)
{
	u32 i, *first, *second;

	paging_start();
	first = page_with(1);
	second = page_with(2);
	page_map_quietly(kernel_directory, AT, gpa_of(first), PTE_WRITE);
	for (i = 0; i < SPACES; i++)
		spaces[i] = directory_new();

	use_in_two();
	page_map(spaces[1], AT, gpa_of(second), PTE_WRITE | PTE_MARKS);
	expect_everywhere(2, "named the current one, with A and D");
	page_map(spaces[0], AT, gpa_of(first), PTE_WRITE);
	expect_everywhere(1, "named another one, without");
	page_map(page_alloc(), AT, gpa_of(second), PTE_WRITE | PTE_MARKS);
	page_map_quietly(kernel_directory, AT, gpa_of(second), PTE_WRITE | PTE_MARKS);
	expect_everywhere(2, "SET_PTE that names a space that was never loaded");

	page_unmap_quietly(kernel_directory, AT);
	expect_everywhere(2, "a change without SET_PTE is seen nowhere");
	page_unmap(spaces[0], AT);
	expect_nowhere("absent");
	page_map(kernel_directory, AT, gpa_of(first), 0);
	expect_everywhere(1, "made present again");
	done();
}

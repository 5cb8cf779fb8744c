/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Each address space keeps its own contents, even when there are many more of them than
 * cached shadow directories.
 *
 * Reason: The cache finds a shadow directory by the address of the guest's directory. A mix-up, or
 * a remainder of a replaced directory, would give a process the memory of another.
 *
 * Method: The guest switches among all address spaces, reads, writes, and compares. Then it returns
 * to the last 16, which must still be cached with their unfilled tables.
 *
 * Module: mem=8M
 * Expect: shut down "tap: 7 passed"
 */
#include "guest/include/kit.h"

#define SPACES 48
#define CACHED 16 /* at least */
#define ROUNDS 3
#define FIRST 0x20000000u
#define SECOND 0xA0000000u /* in another table */

static struct page_table *spaces[SPACES];

static void make_space(u32 number)
{
	spaces[number] = directory_new();
	page_map_quietly(spaces[number], FIRST, gpa_of(page_with(number)), PTE_WRITE);
	page_map_quietly(spaces[number], SECOND, gpa_of(page_with(~number)), PTE_WRITE);
}

/* In round r, the page of space n holds n + r * SPACES. */
static u32 visit(u32 number, u32 round)
{
	u32 expected = number + round * SPACES;
	bool right;

	directory_switch(spaces[number]);
	right = try_read(FIRST).value == expected && try_read(SECOND).value == ~expected;
	try_write(FIRST, expected + SPACES);
	try_write(SECOND, ~(expected + SPACES));
	return right;
}

static void test_contents(void)
{
	u32 round, i, right;

	for (round = 0; round < ROUNDS; round++) {
		right = 0;
		for (i = 0; i < SPACES; i++)
			right += visit(i, round);
		is_equal(right, SPACES, "round %u: every space has its own pages", round + 1);
	}
	right = 0;
	for (i = SPACES; i-- > 0;)
		right += visit(i, ROUNDS);
	is_equal(right, SPACES, "in reverse order: every space has its own pages");
}

/* The directory's page becomes another space's: nothing of the old one may be found by its
 * address once the change has been announced. */
static void test_reuse(void)
{
	struct page_table *space = spaces[0];

	directory_switch(space);
	try_read(FIRST);
	directory_switch(kernel_directory);
	page_map(space, FIRST, gpa_of(page_with(0xAAAA)), PTE_WRITE);
	directory_set(space, SECOND, 0);
	directory_switch(space);
	is_value(try_read(FIRST), 0xAAAA, "a directory that is used again has its new page");
	is_page_fault(try_read(SECOND), 0, SECOND,
		      "a directory that is used again has not its old table");
}

static void test_cached(void)
{
	u32 i, seen = 0;

	for (i = 0; i < CACHED; i++) {
		directory_switch(spaces[i]);
		stale_make(spaces[i], FIRST, i);
	}
	for (i = 0; i < CACHED; i++) {
		directory_switch(spaces[i]);
		seen += stale_is_seen(FIRST, i);
	}
	is_equal(seen, CACHED, "of 16 spaces, everything that was filled is still there");
}

const char *guest_main(void)
{
	u32 i;

	paging_start();
	for (i = 0; i < SPACES; i++)
		make_space(i);
	test_contents();
	test_reuse();
	test_cached();
	done();
}

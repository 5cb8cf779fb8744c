/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that uses ten times as many page tables as its shadow memory holds notices no
 * difference.
 *
 * Reason: When the budget is spent, the hypervisor reclaims tables and fills them again. An error
 * there shows as a wrong page, a wrong ACCESSED or DIRTY bit, or a page fault.
 *
 * Method: The tables are in one address space, in the kernel's part, and in many address spaces.
 *
 * Module: mem=8M shadow=80K
 * Expect: shut down "tap: 10 passed"
 */
#include "guest/include/kit.h"

#define USER_AREA 0x60000000u
#define SPACE_AREA 0x20000000u
#define KERNEL_AREA 0xC0000000u /* kernel_address */
#define SLOTS 200               /* with a budget of 20 frames */
#define SPACES 40
#define SPACE_SLOTS 4

static void map_slots(struct page_table *directory, gva_t area, u32 slots, u32 number)
{
	u32 i;

	for (i = 0; i < slots; i++)
		page_map_quietly(directory, area + i * TABLE_SPAN, gpa_of(page_with(number + i)),
				 PTE_WRITE);
}

static u32 count_right(gva_t area, u32 slots, u32 number)
{
	u32 i, right = 0;

	for (i = 0; i < slots; i++)
		right += try_read(area + i * TABLE_SPAN).value == number + i;
	return right;
}

static u32 count_dirty(gva_t area)
{
	u32 i, dirty = 0;

	for (i = 0; i < SLOTS; i++)
		dirty += page_lookup(kernel_directory, area + i * TABLE_SPAN) & PTE_DIRTY ? 1 : 0;
	return dirty;
}

static void test_slots(const char *part, gva_t area)
{
	u32 i;

	map_slots(kernel_directory, area, SLOTS, 0);
	is_equal(count_right(area, SLOTS, 0), SLOTS, "%s: every page is there", part);
	is_equal(count_dirty(area), 0, "%s: none is marked as written", part);
	for (i = 0; i < SLOTS; i += 2)
		try_write(area + i * TABLE_SPAN, i);
	is_equal(count_dirty(area), SLOTS / 2, "%s: those that were written are", part);
	is_equal(count_right(area, SLOTS, 0), SLOTS, "%s: and every page still is there", part);
}

static void test_spaces(void)
{
	struct page_table *spaces[SPACES];
	u32 i, right = 0;

	for (i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		map_slots(spaces[i], SPACE_AREA, SPACE_SLOTS, 100 * i);
	}
	for (i = 0; i < 3 * SPACES; i++) {
		directory_switch(spaces[i * 7 % SPACES]);
		right += count_right(SPACE_AREA, SPACE_SLOTS, 100 * (i * 7 % SPACES));
	}
	is_equal(right, 3 * SPACES * SPACE_SLOTS, "many spaces: each has its own pages");
	is_equal(count_right(KERNEL_AREA, SLOTS, 0), SLOTS,
		 "many spaces: the kernel's part has its pages");
}

const char *guest_main(void)
{
	paging_start();
	test_slots("kernel's part", KERNEL_AREA);
	test_slots("user part", USER_AREA);
	test_spaces();
	done();
}

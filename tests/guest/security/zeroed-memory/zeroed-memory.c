/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Memory is zero when a guest first touches it, and so is the image's BSS.
 *
 * Reason: The frames belonged to another guest or to the hypervisor before, and a guest must see
 * nothing of that.
 *
 * Method: The first half of memory is touched through the linear map, the second through page
 * tables. Some pages are read first; in every other page one word is written first, and then the
 * rest is read. restart-fresh is about frames that the same guest left full.
 *
 * Module: mem=8M
 * Expect: shut down "tap: 5 passed"
 */
#include "guest/include/kit.h"

#define LOW_START 0x2000u /* behind the boot parameters ... */
#define LOW_END 0x100000u /* ... up to the image */
#define DIRT 0xD1D1D1D1u
#define WORDS (PAGE_SIZE / sizeof(u32))

static u32 bss[4 * WORDS];

static bool is_zero(const volatile u32 *page, u32 first_word)
{
	u32 i;

	for (i = first_word; i < WORDS; i++)
		if (page[i])
			return false;
	return true;
}

/* Touches each page in [from, to), every other one by a write to its first word. */
static u32 count_not_zero(gpa_t from, gpa_t to)
{
	volatile u32 *page;
	u32 wrong = 0;
	gpa_t at;

	for (at = from; at < to; at += PAGE_SIZE) {
		page = gpa_pointer(at);
		if (at & PAGE_SIZE) {
			wrong += !is_zero(page, 0);
		} else {
			page[0] = DIRT;
			wrong += !is_zero(page, 1);
			page[0] = 0;
		}
	}
	return wrong;
}

const char *guest_main(void)
{
	/* The page allocator's own pages are at the start of free memory. */
	gpa_t end = boot_memory(), half = end / 2, free = end / 4;
	u32 i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(bss) / WORDS; i++)
		wrong += !is_zero(bss + i * WORDS, 0);
	is_equal(wrong, 0, "BSS is zero");
	is_equal(count_not_zero(LOW_START, LOW_END), 0, "memory below the image is zero");
	is_equal(count_not_zero(free, half), 0,
		 "memory above the image is zero, through the linear map");
	paging_start();
	ok(gpa_of(page_alloc()) < free, "page tables are not in the memory that is looked at");
	is_equal(count_not_zero(half, end), 0, "memory is zero through page tables");
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The first write to a shared page costs one exit and one copy; the last guest that holds a
 * page takes it over without a copy.
 *
 * Reason: A clone is cheap only if what it shares stays cheap to own.
 *
 * Method: Instructions for the first write to each of 64 pages: in a guest that shares nothing, in a clone,
 * and in the parent after the clone has written.
 *
 * Module: mem=4M clones=1
 * Expect: shut down "tap: 3 passed"
 * Expect-clones: 1 shut down "tap: 1 passed"
 * Runner: tests/system/clones.t
 */
#include "guest/include/kit.h"

#define PAGES 64u
#define COST_MAX 900u

/* By one `rep movsl`: the clock counts each word. */
#define WORDS_COPIED (PAGE_SIZE / sizeof(u32))

static u8 pages[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* Instructions for each page. */
static u32 write_all(u8 value)
{
	u64 before = rdtsc();

	for (u32 i = 0; i < PAGES; i++)
		*(volatile u8 *)(pages + i * PAGE_SIZE) = value;
	return (u32)(rdtsc() - before) / PAGES;
}

const char *guest_main(void)
{
	u32 cost, made;

	paging_start(); /* in the linear map each fill looks at 15 neighbours, too */
	note("first touch: %u instructions a page", write_all(1));
	note("written again: %u instructions a page", write_all(2));
	if (hcall_clone(1, &made)) {
		cost = write_all(3);
		note("copy: %u instructions a page", cost);
		ok(cost < COST_MAX + WORDS_COPIED - 1, "a copy");
		done();
	}
	is_equal(made, 1, "a clone");
	for (u64 start = rdtsc(); rdtsc() - start < 50000000;) /* until the clone has ended */
		;
	cost = write_all(4);
	note("taken over: %u instructions a page", cost);
	ok(cost < COST_MAX, "a page is taken over");
	ok(pages[0] == 4, "it is this guest's");
	done();
}

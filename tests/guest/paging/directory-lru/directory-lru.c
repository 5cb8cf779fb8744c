/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: When the directory cache is full, the address space that was not current for the
 * longest time loses its shadow directory.
 *
 * Reason: A process that runs often must not pay for many that run seldom.
 *
 * Method: Two address spaces are visited between all the others. Their stale entries remain to the
 * end, although they are the oldest; those of the first others are gone. The kernel is at
 * 0xC0000000, so that each address space needs only its directory and one table.
 *
 * Module: mem=4M shadow=160K
 * Expect: shut down "tap: 4 passed"
 */
#include "guest/include/kit.h"

#define SPACES 48 /* 40 frames of shadow memory are enough for 19 */
#define OFTEN 2   /* the first two are visited often */
#define RECENT 8  /* these must be there still */
#define AT 0x20000000u

static struct page_table *spaces[SPACES];

static bool seen_in(u32 number)
{
	directory_switch(spaces[number]);
	return stale_is_seen(AT, number);
}

static void make_stale_in(u32 number)
{
	directory_switch(spaces[number]);
	stale_make(spaces[number], AT, number);
}

const char *guest_main(void)
{
	u32 i, often = 0, recent = 0, early = 0;

	for (i = 0; i < SPACES; i++)
		spaces[i] = directory_new();
	make_stale_in(0);
	make_stale_in(1);
	for (i = OFTEN; i < SPACES; i++) {
		make_stale_in(i);
		often += seen_in(0) && seen_in(1);
	}
	is_equal(often, SPACES - OFTEN, "the spaces that are used often are never given up");
	for (i = SPACES - 1; i >= SPACES - RECENT; i--)
		recent += seen_in(i);
	is_equal(recent, RECENT, "the last spaces are cached");
	for (i = OFTEN; i < OFTEN + RECENT; i++)
		early += seen_in(i);
	is_equal(early, 0, "the first spaces are not cached");
	page_map(spaces[OFTEN], AT, gpa_of(page_with(OFTEN)), 0);
	ok(seen_in(OFTEN), "a space that was given up is filled again from its own tables");
	done();
}

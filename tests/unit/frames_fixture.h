/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine of 16 MB and two accounts, for the tests of the frame allocator. */
#ifndef TESTS_FRAMES_FIXTURE_H
#define TESTS_FRAMES_FIXTURE_H

#include "tests/unit/native.h"

#include <string.h>

#include "mm/frame_table.h"

#define FRAMES 4096u /* the machine: 16 MB */
#define FIRST 0x100u /* RAM starts at 1 MB */
#define RAM (FRAMES - FIRST)
#define GUEST_A OWNER_FIRST_GUEST
#define GUEST_B (OWNER_FIRST_GUEST + 1)

static void *table;
static struct frame_account a, b;

/* A machine with all of its RAM added, and nothing given out. */
static int start(void **state)
{
	(void)state;
	table = machine_start(FRAMES);
	frames_add(to_pfn(FIRST), RAM);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	machine_stop();
	return 0;
}

static pfn_t must_alloc(struct frame_account *account)
{
	pfn_t frame = to_pfn(0);

	assert_true(frame_alloc(account, &frame));
	return frame;
}

static pfn_t must_alloc_run(struct frame_account *account, u32 order)
{
	pfn_t first = to_pfn(0);

	assert_true(frame_alloc_run(account, order, &first));
	return first;
}

/* The value of each byte of a freed frame that was full of 1: a release build does not change it.
 * */
#ifdef CONFIG_DEBUG
#define FREED FRAME_POISON
#else
#define FREED 1
#endif

#define frame_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif

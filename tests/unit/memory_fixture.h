/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's memory in a machine of 32 MB, for its tests. */
#ifndef TESTS_MEMORY_FIXTURE_H
#define TESTS_MEMORY_FIXTURE_H

#include "tests/unit/native.h"

#include <string.h>

#include "mm/guest_memory.h"

#define MACHINE_FRAMES 8192u
#define FIRST 0x100u
#define RAM (MACHINE_FRAMES - FIRST)
#define GUEST_FRAMES 1030u /* three leaves */

static struct frame_account account;
static struct guest_memory memory;

static void open_memory(u32 frames, u32 limit)
{
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, RAM);
	assert_true(frames_open(&account, OWNER_FIRST_GUEST, limit));
	assert_true(guest_memory_open(&memory, &account, frames));
}

static int start(void **state)
{
	(void)state;
	open_memory(GUEST_FRAMES, guest_memory_cost(GUEST_FRAMES));
	return 0;
}

/* Every test ends with all frames back. */
static int stop(void **state)
{
	(void)state;
	guest_memory_close(&memory);
	frames_close(&account);
	frames_check(NULL);
	assert_int_equal(frames_free_count(), RAM);
	machine_stop();
	return 0;
}

static pfn_t frame_for(struct guest_memory *m, u32 gfn, enum guest_intent intent)
{
	pfn_t frame = to_pfn(0);

	assert_true(guest_memory_frame(m, to_gfn(gfn), intent, &frame));
	assert_true(intent == TO_READ || !frame_is_shared(frame));
	return frame;
}

static u32 replacements, replaced_gfn, replaced_frame;

/* When it is called, the gfn has its new frame. */
static void note_replaced(struct guest_memory *m, gfn_t gfn, pfn_t old)
{
	replacements++;
	replaced_gfn = gfn_value(gfn);
	replaced_frame = pfn_value(old);
	assert_int_not_equal(guest_memory_find(m, gfn)->frame, pfn_value(old));
}

#define memory_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif

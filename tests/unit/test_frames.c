// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame allocator: its counts, its allocations, and its refusals.
 */
#include "tests/unit/frames_fixture.h"

static void all_frames_belong_to_firmware_at_start(void **state)
{
	(void)state;
	machine_start(FRAMES);
	frames_check(NULL);
	assert_int_equal(frames_total(), 0);
	assert_int_equal(frames_longest_free_run(), 0);
	assert_int_equal(frame_owner(to_pfn(FIRST)), OWNER_FIRMWARE);
	assert_int_equal(frame_owner(to_pfn(FRAMES)), OWNER_FIRMWARE);
	assert_int_equal(frame_owner(to_pfn(~0u)), OWNER_FIRMWARE);
	assert_false(frames_open(&a, GUEST_A, 1));
}

static void frames_add_adds_exactly_the_range(void **state)
{
	(void)state;
	assert_int_equal(frames_total(), RAM);
	assert_int_equal(frames_free_count(), RAM);
	assert_int_equal(frames_uncommitted(), RAM);
	assert_int_equal(frames_longest_free_run(), 1u << FRAME_MAX_ORDER);
	assert_int_equal(frame_owner(to_pfn(FIRST - 1)), OWNER_FIRMWARE);
	assert_int_equal(frame_owner(to_pfn(FIRST)), OWNER_FREE);
	assert_int_equal(frame_owner(to_pfn(FRAMES - 1)), OWNER_FREE);
	frames_check(NULL);
}

static void frames_add_ignores_ram_beyond_the_table(void **state)
{
	(void)state;
	assert_panics(frames_add(to_pfn(FIRST), 1), "already has owner 0");
	assert_panics(frames_add(to_pfn(FRAMES - 1), 2), "not in the table");
	assert_panics(frames_add(to_pfn(FRAMES + 1), 0), "not in the table");
	assert_panics(frames_add(to_pfn(FIRST), ~0u), "not in the table");
	assert_panics(frames_add(to_pfn(0), 1), "not in the table");
	assert_panics(frames_claim(to_pfn(FIRST), 1), "already has owner 0");
}

static void claimed_frames_are_never_allocated(void **state)
{
	u32 i;

	(void)state;
	machine_start(FRAMES);
	frames_claim(to_pfn(0x110), 0x10);
	frames_add(to_pfn(FIRST), 0x10);
	frames_add(to_pfn(0x120), 0x20);
	frames_check(NULL);
	assert_int_equal(frames_total(), 0x30);
	assert_true(frames_open(&a, OWNER_UMBRA, 0x30));
	for (i = 0; i < 0x30; i++)
		must_alloc(&a);
	assert_int_equal(frame_owner(to_pfn(0x11F)), OWNER_UMBRA);
	assert_panics(frame_free(&a, to_pfn(0x110)), "not allocated as a run of 2^0");
	frames_check(NULL);
}

static void counts_by_owner(void **state)
{
	u32 counts[GUEST_A + 1] = {0};

	(void)state;
	machine_start(FRAMES);
	frames_add(to_pfn(FIRST), 0x30);
	frames_claim(to_pfn(FIRST + 0x40), 5);
	assert_true(frames_open(&a, GUEST_A, 9) && frames_open(&b, GUEST_B, 1));
	must_alloc_run(&a, 3);
	must_alloc(&b); /* beyond what is counted */
	for (u32 next = 0; next < frames_table_count();)
		next = frames_count_owners(next, counts, ARRAY_SIZE(counts));
	assert_int_equal(counts[OWNER_FREE], 0x30 - 8 - 1);
	assert_int_equal(counts[OWNER_FIRMWARE], FRAMES - 0x30 - 5);
	assert_int_equal(counts[OWNER_UMBRA], 5);
	assert_int_equal(counts[GUEST_A], 8);
	assert_int_equal(frames_claimed(), 5);
}

static void joins_what_is_added_in_pieces(void **state)
{
	u32 i;

	(void)state;
	machine_start(FRAMES);
	for (i = 1024; i < 2048; i += 32)
		frames_add(to_pfn(i), 32);
	frames_check(NULL);
	assert_int_equal(frames_longest_free_run(), 1024);
}

static void sets_frames_aside(void **state)
{
	(void)state;
	assert_false(frames_open(&a, GUEST_A, RAM + 1));
	assert_false(frames_open(&a, GUEST_A, ~0u));
	assert_true(frames_open(&a, GUEST_A, RAM - 10));
	assert_int_equal(frames_free_count(), RAM);
	assert_int_equal(frames_uncommitted(), 10);
	assert_false(frames_open(&b, GUEST_B, 11));
	assert_true(frames_open(&b, GUEST_B, 10));
	assert_int_equal(frames_uncommitted(), 0);
	frames_close(&a);
	assert_int_equal(frames_uncommitted(), RAM - 10);
	frames_check(NULL);
	assert_panics(frames_open(&a, OWNER_FREE, 1), "does not hold");
	assert_panics(frames_open(&a, OWNER_FIRMWARE, 1), "does not hold");
}

/* An account gets all frames that were set aside for it, independently of the other account. */
static void reserved_frames_can_always_be_allocated(void **state)
{
	pfn_t frame;
	u32 i;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, RAM - 100));
	assert_true(frames_open(&b, GUEST_B, 100));
	for (i = 0; i < RAM - 100; i++)
		assert_int_equal(frame_owner(must_alloc(&a)), GUEST_A);
	assert_false(frame_alloc(&a, &frame));
	assert_false(frame_alloc_zeroed(&a, &frame));
	assert_false(frame_alloc_run(&a, 0, &frame));
	assert_int_equal(frames_free_count(), 100);
	assert_int_equal(frames_uncommitted(), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(frame_owner(must_alloc(&b)), GUEST_B);
	assert_false(frame_alloc(&b, &frame));
	assert_int_equal(frames_free_count(), 0);
	assert_int_equal(frames_longest_free_run(), 0);
	frames_check(NULL);
}

static void each_frame_is_allocated_once(void **state)
{
	static bool given[FRAMES];
	u32 i, number;

	(void)state;
	memset(given, 0, sizeof(given));
	assert_true(frames_open(&a, GUEST_A, RAM));
	for (i = 0; i < RAM; i++) {
		number = pfn_value(must_alloc(&a));
		assert_in_range(number, FIRST, FRAMES - 1);
		assert_false(given[number]);
		given[number] = true;
	}
}

static void zeroes_and_poisons(void **state)
{
	pfn_t frame;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, RAM));
	frame = must_alloc(&a);
	memset(frame_bytes(frame), 1, FRAME_SIZE);
	frame_free(&a, frame);
	assert_true(all_bytes_are(frame_bytes(frame), FREED, FRAME_SIZE));
	assert_true(frame_alloc_zeroed(&a, &frame));
	assert_true(all_bytes_are(frame_bytes(frame), 0, FRAME_SIZE));
	frame_free(&a, frame);
	frame = must_alloc_run(&a, 3);
	memset(frame_bytes(frame), 1, FRAME_SIZE << 3);
	frame_free_run(&a, 3, frame);
	assert_true(all_bytes_are(frame_bytes(frame), FREED, FRAME_SIZE << 3));
}

static void gives_runs_of_every_order(void **state)
{
	u32 order, i, number;
	pfn_t first;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, RAM));
	for (order = 0; order <= FRAME_MAX_ORDER; order++) {
		must_alloc(&a); /* so that the next run is not where the last one ended */
		first = must_alloc_run(&a, order);
		number = pfn_value(first);
		assert_int_equal(number % (1u << order), 0);
		for (i = 0; i < 1u << order; i++)
			assert_int_equal(frame_owner(to_pfn(number + i)), GUEST_A);
		frames_check(NULL);
		frame_free_run(&a, order, first);
		for (i = 0; i < 1u << order; i++)
			assert_int_equal(frame_owner(to_pfn(number + i)), OWNER_FREE);
		frames_check(NULL);
	}
	assert_int_equal(a.used, FRAME_MAX_ORDER + 1);
	assert_panics(must_alloc_run(&a, FRAME_MAX_ORDER + 1), "does not hold");
}

static void runs_count_against_the_limit(void **state)
{
	pfn_t first;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 8));
	must_alloc(&a);
	assert_false(frame_alloc_run(&a, 3, &first));
	first = must_alloc_run(&a, 2);
	assert_int_equal(a.used, 5);
	assert_int_equal(frames_free_count(), RAM - 5);
	assert_false(frame_alloc_run(&a, 2, &first));
}

static void alternate_free_frames_give_no_run(void **state)
{
	u32 i;
	pfn_t first;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, RAM));
	for (i = 0; i < RAM; i++)
		must_alloc(&a);
	for (i = FIRST; i < FRAMES; i += 2)
		frame_free(&a, to_pfn(i));
	frames_check(NULL);
	assert_int_equal(frames_longest_free_run(), 1);
	assert_false(frame_alloc_run(&a, 1, &first));
	for (i = FIRST + 1; i < FRAMES; i += 2)
		frame_free(&a, to_pfn(i));
	frames_check(NULL);
	assert_int_equal(frames_longest_free_run(), 1u << FRAME_MAX_ORDER);
	assert_int_equal(frames_free_count(), RAM);
	frames_close(&a);
}

static void catches_wrong_frees(void **state)
{
	pfn_t frame, run;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 100));
	assert_true(frames_open(&b, GUEST_B, 100));
	frame = must_alloc(&a);
	run = must_alloc_run(&a, 2);
	assert_panics(frame_free(&b, frame), "of owner 16");
	assert_panics(frame_free(&a, to_pfn(0)), "of owner 1");
	assert_panics(frame_free(&a, to_pfn(FRAMES)), "of owner 1");
	assert_panics(frame_free_run(&a, 1, frame), "not allocated as a run of 2^1");
	assert_panics(frame_free(&a, run), "not allocated as a run of 2^0");
	assert_panics(frame_free(&a, to_pfn(pfn_value(run) + 1)), "not allocated as a run");
	assert_panics(frame_free_run(&a, FRAME_MAX_ORDER + 1, run), "does not hold");
	frames_check(NULL); /* none of these did any harm */
	frame_free(&a, frame);
	assert_panics(frame_free(&a, frame), "twice");
	frame_free_run(&a, 2, run);
	assert_panics(frame_free_run(&a, 2, run), "twice");
	frames_check(NULL);
}

/* No account frees or gets a frame of another one, in any state of the table. */
static void frees_each_frame_of_a_run_only_if_it_is_its_own(void **state)
{
	pfn_t run;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 8));
	run = must_alloc_run(&a, 3);
	frame_table.frames[pfn_value(run) + 5].owner = GUEST_B;
	assert_panics(frame_free_run(&a, 3, run), "does not hold");
}

static void gives_each_frame_of_a_run_only_if_it_is_free(void **state)
{
	pfn_t run;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 8));
	run = must_alloc_run(&a, 3);
	frame_free_run(&a, 3, run);
	frame_table.frames[pfn_value(run) + 5].owner = GUEST_B;
	assert_panics(must_alloc_run(&a, 3), "does not hold");
}

/* Before a guest can reach a frame: its own, in this use, and no other. */
static void asserts_owner_and_use(void **state)
{
	pfn_t frame;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 2));
	assert_true(frames_open(&b, GUEST_B, 2));
	frame = must_alloc(&a);
	assert_panics(frame_assert(frame, &a, FRAME_MEMORY), "use 0 of owner 16, not use 1");
	frame_set_use(frame, FRAME_MEMORY);
	frame_assert(frame, &a, FRAME_MEMORY);
	assert_panics(frame_assert(frame, &a, FRAME_SHADOW), "use 1 of owner 16, not use 2");
	assert_panics(frame_assert(frame, &b, FRAME_MEMORY), "owner 16, not use 1 of owner 17");
	frame_free(&a, frame);
	assert_panics(frame_assert(frame, &a, FRAME_MEMORY), "of owner 0, not");
	assert_panics(frame_assert(to_pfn(FRAMES), &a, FRAME_MEMORY), "of owner 1, not");
	assert_panics(frame_assert(to_pfn(~0u), &a, FRAME_MEMORY), "of owner 1, not");
}

static void closes_only_what_is_empty(void **state)
{
	pfn_t frame;

	(void)state;
	assert_true(frames_open(&a, GUEST_A, 1));
	frame = must_alloc(&a);
	assert_panics(frames_close(&a), "owner 16 still has 1 frames");
	frame_free(&a, frame);
	frames_close(&a);
	assert_int_equal(frames_uncommitted(), RAM);
	assert_false(frame_alloc(&a, &frame));
}

/* Writes over the table's entry for `frame`, sees the check panic, and undoes it. */
static void assert_notices(u32 frame, const void *instead)
{
	u32 size = frames_table_size(1);
	u8 *entry = (u8 *)table + frame * size;
	u8 saved[64];

	assert_in_range(size, 1, sizeof(saved));
	memcpy(saved, entry, size);
	memcpy(entry, instead, size);
	assert_panics(frames_check(NULL), "frames_check");
	memcpy(entry, saved, size);
	frames_check(NULL);
}

static void frames_check_finds_damage(void **state)
{
	u8 zeros[64] = {0}, ones[64];
	u32 owned, size = frames_table_size(1);

	(void)state;
	memset(ones, 0xFF, sizeof(ones));
	assert_true(frames_open(&a, GUEST_A, RAM));
	owned = pfn_value(must_alloc(&a));
	assert_notices(owned, zeros);
	assert_notices(FRAMES - 1, zeros);
	assert_notices(FRAMES - 1, ones);
	assert_notices(FRAMES - 1024, ones);
	assert_notices(FRAMES - 1, (u8 *)table + owned * size);
	assert_notices(1, (u8 *)table + owned * size);
	assert_notices(owned, table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    frame_test(all_frames_belong_to_firmware_at_start),
	    frame_test(frames_add_adds_exactly_the_range),
	    frame_test(frames_add_ignores_ram_beyond_the_table),
	    frame_test(claimed_frames_are_never_allocated),
	    frame_test(counts_by_owner),
	    frame_test(joins_what_is_added_in_pieces),
	    frame_test(sets_frames_aside),
	    frame_test(reserved_frames_can_always_be_allocated),
	    frame_test(each_frame_is_allocated_once),
	    frame_test(zeroes_and_poisons),
	    frame_test(gives_runs_of_every_order),
	    frame_test(runs_count_against_the_limit),
	    frame_test(alternate_free_frames_give_no_run),
	    frame_test(catches_wrong_frees),
	    frame_test(frees_each_frame_of_a_run_only_if_it_is_its_own),
	    frame_test(gives_each_frame_of_a_run_only_if_it_is_free),
	    frame_test(asserts_owner_and_use),
	    frame_test(closes_only_what_is_empty),
	    frame_test(frames_check_finds_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

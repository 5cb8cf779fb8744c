/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PTEs in the ring, which the engine gets in batches; and a direct one behind a ring that is full of them. */
#include "tests/unit/ring_guest.h"

#include "hv/hypercalls.h"

static void queue_set_ptes(u32 slot, u32 count)
{
	for (u32 i = 0; i < count; i++)
		queue((slot + i) % HCALL_RING_SIZE, HCALL_SET_PTE, i);
}

static void set_ptes_are_done_in_order_with_other_calls(void **state)
{
	static const u32 wanted[] = {SET_PTES + 3, 0, 1, 2, 77, SET_PTES + 1, 0};

	(void)state;
	queue_set_ptes(0, 3);
	queue(3, HCALL_SET_CLOCKEVENT, 77);
	queue_set_ptes(4, 1);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, ARRAY_SIZE(wanted));
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(shared()->hcall_status[i], HCALL_SLOT_DONE);
	assert_int_equal(guest.counts.ring_hypercalls, 5);
}

static void a_batch_goes_on_at_the_first_slot(void **state)
{
	static const u32 wanted[] = {SET_PTES + 4, 0, 1, 2, 3};

	(void)state;
	guest.space.fast->ring_next = HCALL_RING_SIZE - 2;
	queue_set_ptes(HCALL_RING_SIZE - 2, 4);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, ARRAY_SIZE(wanted));
	assert_int_equal(guest.space.fast->ring_next, 2);
	for (u32 i = 0; i < HCALL_RING_SIZE; i++)
		assert_int_equal(shared()->hcall_status[i], HCALL_SLOT_DONE);
	assert_int_equal(guest.counts.ring_hypercalls, 4);
}

static void a_batch_ends_with_the_last_slot_if_the_first_has_another_call(void **state)
{
	static const u32 wanted[] = {SET_PTES + 1, 0, 77};

	(void)state;
	guest.space.fast->ring_next = HCALL_RING_SIZE - 1;
	queue_set_ptes(HCALL_RING_SIZE - 1, 1);
	queue(0, HCALL_SET_CLOCKEVENT, 77);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, ARRAY_SIZE(wanted));
	assert_int_equal(guest.space.fast->ring_next, 1);
}

/* From the ring's second slot on: the 64th call is in the first one. */
static void a_batch_of_all_slots_runs_once(void **state)
{
	(void)state;
	guest.space.fast->ring_next = 1;
	queue_set_ptes(1, HCALL_RING_SIZE);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(record[0], SET_PTES + HCALL_RING_SIZE);
	assert_int_equal(recorded, 1 + HCALL_RING_SIZE);
	assert_int_equal(record[HCALL_RING_SIZE], HCALL_RING_SIZE - 1);
	assert_int_equal(guest.space.fast->ring_next, 1);
}

/* Three of four, of which the third is in the first slot. */
static void a_part_of_a_batch_may_end_behind_the_last_slot(void **state)
{
	(void)state;
	set_ptes_at_once = 3;
	parts_left = 0;
	guest.space.fast->ring_next = HCALL_RING_SIZE - 2;
	queue_set_ptes(HCALL_RING_SIZE - 2, 4);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(shared()->hcall_status[HCALL_RING_SIZE - 1], HCALL_SLOT_DONE);
	assert_int_equal(shared()->hcall_status[0], HCALL_SLOT_DONE);
	assert_int_equal(shared()->hcall_status[1], HCALL_SLOT_TODO);
	assert_int_equal(guest.space.fast->ring_next, 1);
}

/* A slot that is done has the words of an earlier call. Any status but that one marks a call. */
static void a_batch_ends_before_a_slot_that_is_done(void **state)
{
	(void)state;
	for (u32 gap = 1; gap <= 9; gap++) {
		queue_set_ptes(0, 12);
		shared()->hcall_status[gap] = HCALL_SLOT_DONE;
		shared()->hcall_status[gap - 1] = 0x01;
		guest.space.fast->ring_next = 0;
		recorded = 0;
		direct(HCALL_FLUSH_ASYNC, 0, 0);
		assert_int_equal(record[0], SET_PTES + gap);
		assert_int_equal(recorded, 1 + gap);
		assert_int_equal(guest.space.fast->ring_next, gap);
		assert_int_equal(shared()->hcall_status[gap + 1], HCALL_SLOT_TODO);
	}
}

/* The engine stops in the middle of a batch when the stretch is spent. */
static void a_batch_may_be_done_in_parts(void **state)
{
	static const u32 wanted[] = {77, SET_PTES + 2, 0, 1, SET_PTES + 2, 2, 3, SET_PTES + 1, 4};

	(void)state;
	set_ptes_at_once = 2;
	parts_left = UINT32_MAX;
	queue(0, HCALL_SET_CLOCKEVENT, 77);
	queue_set_ptes(1, 5);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_record(wanted, ARRAY_SIZE(wanted));
}

static void a_part_of_a_batch_stays_in_the_ring(void **state)
{
	(void)state;
	set_ptes_at_once = 3;
	parts_left = 0;
	queue_set_ptes(0, 5);
	direct(HCALL_FLUSH_ASYNC, 0, 0);
	assert_int_equal(shared()->hcall_status[2], HCALL_SLOT_DONE);
	assert_int_equal(shared()->hcall_status[3], HCALL_SLOT_TODO);
	assert_int_equal(guest.space.fast->ring_next, 3);
	assert_int_equal(guest.counts.ring_hypercalls, 3);
	assert_int_equal(regs.eip, EIP - 2); /* the guest comes again */
}

/* -- A direct SET_PTE behind a full ring ------------------------------------------------------ */

#define DIRECT_TOP 0x5000u

static void set_direct(void)
{
	regs.eip = EIP;
	regs.eax = HCALL_SET_PTE;
	regs.ebx = DIRECT_TOP;
}

static void assert_statuses(u32 from, u32 count, u8 status)
{
	for (u32 i = 0; i < count; i++)
		assert_int_equal(shared()->hcall_status[(from + i) % HCALL_RING_SIZE], status);
}

static void a_full_ring_runs_before_a_direct_set_pte(void **state)
{
	(void)state;
	for (u32 slot = 0; slot < HCALL_RING_SIZE; slot += 21) {
		recorded = 0;
		guest.space.fast->ring_next = slot;
		queue_set_ptes(slot, HCALL_RING_SIZE);
		set_direct();
		assert_true(hypercalls_run_full_ring(&guest));
		assert_int_equal(recorded, 1 + HCALL_RING_SIZE + 1);
		assert_int_equal(record[0], SET_PTES + HCALL_RING_SIZE);
		for (u32 i = 0; i < HCALL_RING_SIZE; i++)
			assert_int_equal(record[1 + i], i);
		assert_int_equal(record[1 + HCALL_RING_SIZE], DIRECT_TOP);
		assert_statuses(0, HCALL_RING_SIZE, HCALL_SLOT_DONE);
		assert_int_equal(guest.space.fast->ring_next, slot);
		assert_int_equal(regs.eip, EIP);
		assert_int_equal(guest.last_call, HCALL_SET_PTE);
	}
	assert_int_equal(guest.counts.ring_hypercalls, 4 * HCALL_RING_SIZE);
	assert_int_equal(guest.counts.hypercalls, 1 + 4); /* with LGUEST_INIT */
}

static void a_ring_that_is_not_full_is_left_as_it_is(void **state)
{
	(void)state;
	for (u32 gap = 0; gap < HCALL_RING_SIZE; gap++) {
		guest.space.fast->ring_next = (gap + 1) % HCALL_RING_SIZE;
		queue_set_ptes(0, HCALL_RING_SIZE);
		shared()->hcall_status[gap] = HCALL_SLOT_DONE;
		set_direct();
		assert_false(hypercalls_run_full_ring(&guest));
		assert_statuses(gap + 1, HCALL_RING_SIZE - 1, HCALL_SLOT_TODO);
	}
	assert_int_equal(recorded, 0);
}

static void a_full_ring_that_begins_with_another_call_is_left_as_it_is(void **state)
{
	(void)state;
	queue_set_ptes(0, HCALL_RING_SIZE);
	queue(0, HCALL_SET_CLOCKEVENT, 77);
	set_direct();
	assert_false(hypercalls_run_full_ring(&guest));
	assert_statuses(0, HCALL_RING_SIZE, HCALL_SLOT_TODO);
	assert_int_equal(recorded, 0);
}

/* hypercalls_handle() then runs the calls behind it, and the direct one. */
static void another_call_in_a_full_ring_stays_there(void **state)
{
	(void)state;
	guest.space.fast->ring_next = HCALL_RING_SIZE - 2;
	queue_set_ptes(HCALL_RING_SIZE - 2, HCALL_RING_SIZE);
	queue(3, HCALL_SET_CLOCKEVENT, 77);
	set_direct();
	assert_false(hypercalls_run_full_ring(&guest));
	assert_int_equal(record[0], SET_PTES + 5);
	assert_int_equal(recorded, 1 + 5);
	assert_statuses(HCALL_RING_SIZE - 2, 5, HCALL_SLOT_DONE);
	assert_statuses(3, HCALL_RING_SIZE - 5, HCALL_SLOT_TODO);
	assert_int_equal(guest.space.fast->ring_next, 3);
	assert_int_equal(guest.counts.ring_hypercalls, 5);
	hypercalls_handle(&guest);
	assert_int_equal(record[1 + 5], 77);
	assert_int_equal(record[recorded - 1], DIRECT_TOP);
	assert_statuses(0, HCALL_RING_SIZE, HCALL_SLOT_DONE);
}

/* By the last call, or by one before. */
static void a_kill_in_a_full_ring_ends_it(void **state)
{
	static const u32 done[] = {HCALL_RING_SIZE, 7};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(done); i++) {
		recorded = 0;
		guest.space.state = GUEST_ALIVE;
		guest.space.fast->ring_next = 0;
		queue_set_ptes(0, HCALL_RING_SIZE);
		set_ptes_at_once = done[i];
		set_ptes_kill = true;
		set_direct();
		assert_true(hypercalls_run_full_ring(&guest));
		assert_int_equal(recorded, 1 + done[i]);
		assert_statuses(0, done[i], HCALL_SLOT_DONE);
	}
	assert_int_equal(guest.counts.hypercalls, 1); /* LGUEST_INIT */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define BATCH_TEST(test) cmocka_unit_test_setup_teardown(test, start_initialised, stop)
	    BATCH_TEST(set_ptes_are_done_in_order_with_other_calls),
	    BATCH_TEST(a_batch_goes_on_at_the_first_slot),
	    BATCH_TEST(a_batch_ends_with_the_last_slot_if_the_first_has_another_call),
	    BATCH_TEST(a_batch_of_all_slots_runs_once),
	    BATCH_TEST(a_part_of_a_batch_may_end_behind_the_last_slot),
	    BATCH_TEST(a_batch_ends_before_a_slot_that_is_done),
	    BATCH_TEST(a_batch_may_be_done_in_parts),
	    BATCH_TEST(a_part_of_a_batch_stays_in_the_ring),
	    BATCH_TEST(a_full_ring_runs_before_a_direct_set_pte),
	    BATCH_TEST(a_ring_that_is_not_full_is_left_as_it_is),
	    BATCH_TEST(a_full_ring_that_begins_with_another_call_is_left_as_it_is),
	    BATCH_TEST(another_call_in_a_full_ring_stays_there),
	    BATCH_TEST(a_kill_in_a_full_ring_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared frames: their holders, their payment, and what is refused. */
#include "tests/unit/frames_fixture.h"

static struct frame_account funds;

/* Both guests may have `limit` frames, and so many may be shared. */
static void open_accounts(u32 limit, u32 shared)
{
	assert_true(frames_open(&a, GUEST_A, limit));
	assert_true(frames_open(&b, GUEST_B, limit));
	assert_true(frames_open(&funds, OWNER_SHARED, shared));
}

static pfn_t must_alloc_memory(struct frame_account *account)
{
	pfn_t frame = must_alloc(account);

	frame_set_use(frame, FRAME_MEMORY);
	return frame;
}

static pfn_t must_share(struct frame_account *account)
{
	pfn_t frame = must_alloc_memory(account);

	frame_share(account, &funds, frame);
	return frame;
}

static void close_accounts(void)
{
	frames_close(&a);
	frames_close(&b);
	frames_close(&funds);
	frames_check(NULL);
	assert_int_equal(frames_free_count(), RAM);
	assert_int_equal(frames_uncommitted(), RAM);
	assert_int_equal(frames_shared_count(), 0);
}

/* The guest's account has room for another frame afterwards: the funds have paid. */
static void shares_a_frame(void **state)
{
	pfn_t frame;

	(void)state;
	open_accounts(1, 1);
	frame = must_share(&a);
	assert_int_equal(frame_owner(frame), OWNER_SHARED);
	assert_int_equal(frame_use(frame), FRAME_MEMORY);
	assert_true(frame_is_shared(frame));
	assert_int_equal(frame_holders(frame), 1);
	assert_int_equal(frames_shared_count(), 1);
	assert_int_equal(a.used, 0);
	assert_int_equal(funds.limit, 0);
	assert_int_equal(frames_uncommitted(), RAM - 3);
	frame_free(&a, must_alloc(&a));
	frames_check(NULL);
	frame_assert_shared(frame, &a);
	assert_panics(frame_assert(frame, &a, FRAME_MEMORY), "use 1 of owner 3, not use 1");
	assert_panics(frame_free(&a, frame), "of owner 3");
	assert_panics(frame_share(&a, &funds, frame), "of owner 3");
	frame_drop(frame);
	close_accounts();
}

static void last_drop_frees(void **state)
{
	pfn_t frame;

	(void)state;
	open_accounts(4, 4);
	frame = must_share(&a);
	memset(frame_bytes(frame), 1, FRAME_SIZE);
	frame_hold(frame);
	frame_hold(frame);
	assert_int_equal(frame_holders(frame), 3);
	frame_drop(frame);
	frame_drop(frame);
	assert_int_equal(frame_holders(frame), 1);
	assert_int_equal(frame_owner(frame), OWNER_SHARED);
	assert_true(all_bytes_are(frame_bytes(frame), 1, FRAME_SIZE));
	frames_check(NULL);
	frame_drop(frame);
	assert_int_equal(frame_owner(frame), OWNER_FREE);
	assert_int_equal(frame_holders(frame), 0);
	assert_true(all_bytes_are(frame_bytes(frame), FREED, FRAME_SIZE));
	assert_int_equal(frames_uncommitted(), RAM - 4 - 4 - 3);
	assert_int_equal(frames_shared_count(), 0);
	close_accounts();
}

/* The account has room: that which paid for the shared frame is free again. */
static void last_holder_takes_over(void **state)
{
	pfn_t frame;

	(void)state;
	open_accounts(1, 1);
	frame = must_share(&a);
	memset(frame_bytes(frame), 1, FRAME_SIZE);
	frame_hold(frame);
	assert_false(frame_take_over(&b, frame));
	assert_int_equal(frame_owner(frame), OWNER_SHARED);
	assert_int_equal(frame_holders(frame), 2);
	assert_int_equal(b.used, 0);
	frame_drop(frame);
	assert_true(frame_take_over(&b, frame));
	frame_assert(frame, &b, FRAME_MEMORY);
	assert_true(all_bytes_are(frame_bytes(frame), 1, FRAME_SIZE));
	assert_int_equal(b.used, 1);
	assert_int_equal(b.limit, 1);
	assert_int_equal(frame_holders(frame), 0);
	assert_int_equal(frames_uncommitted(), RAM - 2);
	frames_check(NULL);
	assert_panics(frame_take_over(&b, frame), "of owner 17 is not shared");
	frame_free(&b, frame);
	close_accounts();
}

/* The account is at its limit: the frame's own payment goes with it. */
static void taking_over_raises_a_full_account(void **state)
{
	pfn_t frame, own;

	(void)state;
	open_accounts(1, 1);
	frame = must_share(&a);
	own = must_alloc(&a);
	assert_true(frame_take_over(&a, frame));
	assert_int_equal(a.used, 2);
	assert_int_equal(a.limit, 2);
	assert_int_equal(frames_uncommitted(), RAM - 3);
	frames_check(NULL);
	frame_free(&a, own);
	frame_free(&a, frame);
	close_accounts();
}

/* However the machine is divided up, all that is promised can be allocated. */
static void shared_frames_are_paid_for(void **state)
{
	u32 i;

	(void)state;
	open_accounts(RAM / 4, RAM / 2);
	assert_int_equal(frames_uncommitted(), 0);
	for (i = 0; i < RAM / 4; i++) {
		must_share(&a);
		must_share(&b);
	}
	assert_panics(must_share(&a), "does not hold"); /* the funds are spent */
	for (i = 0; i < RAM / 4 - 1; i++) {
		must_alloc(&a);
		must_alloc(&b);
	}
	must_alloc(&b);
	assert_int_equal(frames_free_count(), 0);
	assert_int_equal(frames_shared_count(), RAM / 2);
	frames_check(NULL);
}

static void shares_only_an_own_frame_of_memory(void **state)
{
	pfn_t frame, run;

	(void)state;
	open_accounts(8, 8);
	frame = must_alloc(&a);
	run = must_alloc_run(&a, 1);
	frame_set_use(run, FRAME_MEMORY);
	assert_panics(frame_share(&a, &funds, frame), "does not hold"); /* of no use */
	frame_set_use(frame, FRAME_SHADOW);
	assert_panics(frame_share(&a, &funds, frame), "does not hold");
	frame_set_use(frame, FRAME_MEMORY);
	assert_panics(frame_share(&b, &funds, frame), "of owner 16");
	assert_panics(frame_share(&a, &funds, run), "not allocated as a run of 2^0");
	assert_panics(frame_share(&a, &funds, to_pfn(FRAMES)), "of owner 1");
	assert_int_equal(frames_shared_count(), 0);
	assert_int_equal(funds.limit, 8);
	frames_check(NULL);
}

static void catches_wrong_drops(void **state)
{
	pfn_t frame;

	(void)state;
	frame_of_zeroes();
	open_accounts(8, 8);
	frame = must_alloc_memory(&a);
	assert_panics(frame_drop(frame), "of owner 16 is not shared");
	assert_panics(frame_hold(frame), "of owner 16 is not shared");
	assert_panics(frame_take_over(&b, frame), "of owner 16 is not shared");
	assert_panics(frame_drop(to_pfn(0)), "of owner 1 is not shared");
	assert_panics(frame_drop(to_pfn(FRAMES)), "of owner 1 is not shared");
	assert_panics(frame_hold(to_pfn(~0u)), "of owner 1 is not shared");
	frame_share(&a, &funds, frame);
	frame_drop(frame);
	assert_panics(frame_drop(frame), "of owner 0 is not shared");
	assert_panics(frame_hold(frame), "of owner 0 is not shared");
	frames_check(NULL);
	assert_int_equal(frames_free_count(), RAM - 1);
}

static void frame_of_zeroes_is_shared_for_ever(void **state)
{
	pfn_t zeroes = frame_of_zeroes();
	u32 i;

	(void)state;
	assert_int_equal(pfn_value(frame_of_zeroes()), pfn_value(zeroes));
	assert_true(all_bytes_are(frame_bytes(zeroes), 0, FRAME_SIZE));
	assert_true(frame_is_shared(zeroes));
	assert_int_equal(frames_free_count(), RAM - 1);
	assert_int_equal(frames_uncommitted(), RAM - 1);
	assert_true(frames_open(&a, GUEST_A, 1));
	for (i = 0; i < 3; i++) {
		frame_drop(zeroes);
		assert_false(frame_take_over(&a, zeroes));
	}
	frame_hold(zeroes);
	frame_assert_shared(zeroes, &a);
	assert_int_equal(frame_holders(zeroes), 0);
	assert_int_equal(frames_shared_count(), 0);
	frames_check(NULL);
}

static void asserts_shared_memory(void **state)
{
	pfn_t frame;

	(void)state;
	open_accounts(2, 2);
	frame = must_alloc_memory(&a);
	assert_panics(frame_assert_shared(frame, &a), "use 1 of owner 16");
	frame_share(&a, &funds, frame);
	frame_assert_shared(frame, &b);
	frame_set_use(frame, FRAME_SHADOW);
	assert_panics(frame_assert_shared(frame, &a), "use 2 of owner 3");
	assert_panics(frame_assert_shared(to_pfn(FRAMES), &a), "of owner 1");
	assert_panics(frame_assert_shared(to_pfn(~0u), &a), "of owner 1");
	assert_false(frame_is_shared(to_pfn(FRAMES)));
	assert_false(frame_is_shared(to_pfn(~0u)));
}

static void frames_check_counts_shared_frames(void **state)
{
	pfn_t frame;

	(void)state;
	open_accounts(2, 2);
	frame = must_share(&a);
	frames_check(NULL);
	frame_table.shared++;
	assert_panics(frames_check(NULL), "1 frames shared, 2 expected");
	frame_table.shared--;
	frame_table.frames[pfn_value(frame)].owner = GUEST_A;
	assert_panics(frames_check(NULL), "0 frames shared, 1 expected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    frame_test(shares_a_frame),
	    frame_test(last_drop_frees),
	    frame_test(last_holder_takes_over),
	    frame_test(taking_over_raises_a_full_account),
	    frame_test(shared_frames_are_paid_for),
	    frame_test(shares_only_an_own_frame_of_memory),
	    frame_test(catches_wrong_drops),
	    frame_test(frame_of_zeroes_is_shared_for_ever),
	    frame_test(asserts_shared_memory),
	    frame_test(frames_check_counts_shared_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

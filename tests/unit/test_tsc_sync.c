// SPDX-License-Identifier: GPL-2.0-or-later
/* Two threads play the boot CPU and another one, whose time stamp counter is ahead or behind. */
#include "tests/unit/native.h"

#include <pthread.h>
#include <time.h>

#include "arch/x86/cpu.h"
#include "arch/x86/msr.h"
#include "arch/x86/tsc_sync.h"

#define TICKS_PER_SECOND 1000000000ull

static _Thread_local s64 offset; /* of this thread's counter */
static bool writes_take_effect;
static s64 offset_at_first, offset_at_last; /* of the other thread's */

u64 read_tsc(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * TICKS_PER_SECOND + now.tv_nsec + offset;
}

void write_msr(u32 msr, u64 value)
{
	assert_int_equal(msr, MSR_TSC);
	if (writes_take_effect)
		offset += (s64)(value - read_tsc());
}

static void *other_cpu(void *unused)
{
	offset = offset_at_first;
	tsc_sync_answer();
	offset_at_last = offset;
	return unused;
}

static bool sync_with(s64 ahead)
{
	pthread_t other;
	bool agree;

	offset_at_first = ahead;
	assert_int_equal(pthread_create(&other, NULL, other_cpu, NULL), 0);
	agree = tsc_sync();
	assert_int_equal(pthread_join(other, NULL), 0);
	return agree;
}

static void a_round_tells_the_difference_if_it_is_longer_than_the_way(void **state)
{
	(void)state;
	assert_int_equal(tsc_ahead(&(struct tsc_round){100, 150, 200}), 0);
	assert_int_equal(tsc_ahead(&(struct tsc_round){100, 100, 200}), 0);
	assert_int_equal(tsc_ahead(&(struct tsc_round){100, 200, 200}), 0);
	assert_int_equal(tsc_ahead(&(struct tsc_round){100, 201, 200}), 51);
	assert_int_equal(tsc_ahead(&(struct tsc_round){100, 99, 200}), -51);
	assert_int_equal(tsc_ahead(&(struct tsc_round){1ull << 40, 5, (1ull << 40) + 2}),
			 5 - (s64)(1ull << 40) - 1);
}

static void counters_that_agree_are_left_alone(void **state)
{
	(void)state;
	writes_take_effect = true;
	assert_true(sync_with(0));
	assert_int_equal(offset_at_last, 0);
}

/* The host may take a processor away during a round, but not during the shortest one of 64. */
static void counters_that_differ_are_set(void **state)
{
	static const s64 differences[] = {-5000 * (s64)TICKS_PER_SECOND, -(s64)TICKS_PER_SECOND,
					  (s64)TICKS_PER_SECOND, 1ll << 50};

	(void)state;
	writes_take_effect = true;
	for (u32 i = 0; i < ARRAY_SIZE(differences); i++) {
		assert_true(sync_with(differences[i]));
		assert_true(offset_at_last > -(s64)(TICKS_PER_SECOND / 10) &&
			    offset_at_last < (s64)(TICKS_PER_SECOND / 10));
	}
}

static void a_counter_that_cannot_be_set_is_told(void **state)
{
	(void)state;
	writes_take_effect = false;
	assert_false(sync_with(TICKS_PER_SECOND));
	assert_int_equal(offset_at_last, TICKS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_round_tells_the_difference_if_it_is_longer_than_the_way),
	    cmocka_unit_test(counters_that_agree_are_left_alone),
	    cmocka_unit_test(counters_that_differ_are_set),
	    cmocka_unit_test(a_counter_that_cannot_be_set_is_told),
	};

	return cmocka_run_group_tests_name("tsc_sync", tests, NULL, NULL);
}

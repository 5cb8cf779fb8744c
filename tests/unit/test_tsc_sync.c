// SPDX-License-Identifier: GPL-2.0-or-later
/* Two threads play the boot CPU and another one, whose time stamp counter is ahead or behind. Time goes on by one tick
 * with each look at a counter, and by nothing else: the host's load changes nothing. */
#include "tests/unit/native.h"

#include <pthread.h>
#include <sched.h>

#include "arch/x86/cpu.h"
#include "arch/x86/msr.h"
#include "arch/x86/tsc_sync.h"

#define FAR 1000000000ll

static u64 ticks;
static u32 write_takes;          /* ticks from WRMSR's beginning to the write */
static _Thread_local s64 offset; /* of this thread's counter */
static bool writes_take_effect;
static s64 offset_at_first, offset_at_last; /* of the other thread's */

u64 read_tsc(void)
{
	return __atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST) + offset;
}

void cpu_pause(void)
{
	sched_yield();
}

void write_msr(u32 msr, u64 value)
{
	u64 now = __atomic_add_fetch(&ticks, write_takes, __ATOMIC_SEQ_CST);

	assert_int_equal(msr, MSR_TSC);
	if (writes_take_effect)
		offset = (s64)(value - now);
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

/* A round's way is two ticks, so a difference of one is none. */
static void counters_that_differ_are_set(void **state)
{
	static const s64 differences[] = {-5000 * FAR, -FAR, -2, 2, FAR, 1ll << 50};

	(void)state;
	writes_take_effect = true;
	for (u32 i = 0; i < ARRAY_SIZE(differences); i++) {
		assert_true(sync_with(differences[i]));
		assert_in_range(offset_at_last + 1, 0, 2);
	}
}

static void the_time_that_a_write_takes_is_made_up_for(void **state)
{
	static const u32 takes[] = {1, 10, 1000, 1000000};

	(void)state;
	writes_take_effect = true;
	for (u32 i = 0; i < ARRAY_SIZE(takes); i++) {
		write_takes = takes[i];
		assert_true(sync_with(FAR));
		assert_in_range(offset_at_last + 1, 0, 2);
	}
	write_takes = 0;
}

static void a_counter_that_cannot_be_set_is_told(void **state)
{
	(void)state;
	writes_take_effect = false;
	assert_false(sync_with(FAR));
	assert_int_equal(offset_at_last, FAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_round_tells_the_difference_if_it_is_longer_than_the_way),
	    cmocka_unit_test(counters_that_agree_are_left_alone),
	    cmocka_unit_test(counters_that_differ_are_set),
	    cmocka_unit_test(the_time_that_a_write_takes_is_made_up_for),
	    cmocka_unit_test(a_counter_that_cannot_be_set_is_told),
	};

	return cmocka_run_group_tests_name("tsc_sync", tests, NULL, NULL);
}

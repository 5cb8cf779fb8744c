// SPDX-License-Identifier: GPL-2.0-or-later
/* A lock on threads that play CPUs. tests/system/races.t has the locks at their work. */
#include "tests/unit/native.h"

#include <pthread.h>
#include <sched.h>

static unsigned int looks_max = -1; /* a host may take a thread's processor away for any time */
#define LOCK_LOOKS_MAX looks_max
#define CONFIG_THREADS 1 /* lock_pause is here: there may be fewer processors than threads */
#include "lib/lock.h"

void lock_pause(void)
{
	sched_yield();
}

#define THREADS 2
#define TURNS 2000u

static struct lock lock;
static u32 count; /* under the lock */

static void *count_up(void *unused)
{
	for (u32 i = 0; i < TURNS; i++) {
		lock_take(&lock);
		count++;
		lock_release(&lock);
	}
	return unused;
}

static void one_thread_has_it_at_a_time(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	lock_take(&lock); /* all of them have to wait at first */
	for (u32 i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	lock_release(&lock);
	for (u32 i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(count, THREADS * TURNS);
}

static void a_lock_that_is_never_released_is_a_panic(void **state)
{
	struct lock held = {0, 0};

	(void)state;
	lock_take(&held);
	looks_max = 1000;
	expect_assert_failure(lock_take(&held));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_thread_has_it_at_a_time),
	    cmocka_unit_test(a_lock_that_is_never_released_is_a_panic),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}

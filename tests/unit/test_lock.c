// SPDX-License-Identifier: GPL-2.0-or-later
/* A lock on threads that play CPUs, and the order of locks. tests/system/races.t has the locks at their
 * work. */
#define CONFIG_THREADS                                                                             \
	1 /* a thread plays a CPU; lock_wait is here: they may be more than the processors */
#include "tests/unit/native.h"

#include <pthread.h>
#include <sched.h>

static unsigned int looks_max = -1; /* a host may take a thread's processor away for any time */
#define LOCK_LOOKS_MAX looks_max
#define LOCKS_CHECKED
#include "lib/lock.c"

void lock_wait(const struct lock *its, u32 ticket)
{
	(void)its, (void)ticket;
	sched_yield();
}

void lock_released(const struct lock *its)
{
	(void)its;
}

static _Thread_local u32 ticks_now; /* in ticks */

u32 lock_ticks(void)
{
	return ticks_now;
}

#define THREADS 2
#define TURNS 2000u

static struct lock lock = LOCK_OF_RANK(LOCK_FRAMES);
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

static struct lock never_released = LOCK_OF_RANK(LOCK_FRAMES);

static void a_lock_that_is_never_released_is_a_panic(void **state)
{
	(void)state;
	never_released.next++; /* another CPU has taken it */
	looks_max = 1000;
	assert_panics(lock_take(&never_released), "a lock is never released");
}

static struct lock machine = LOCK_OF_RANK(LOCK_MACHINE), frames = LOCK_OF_RANK(LOCK_FRAMES),
		   timer = LOCK_OF_RANK(LOCK_CLOCK);

static void locks_are_taken_in_their_order(void **state)
{
	(void)state;
	lock_take(&machine);
	lock_take(&frames);
	lock_take(&timer);
	assert_panics(lock_take(&frames), "order of locks: frames is taken while frames is held");
	lock_release(&timer);
	assert_panics(lock_take(&machine),
		      "order of locks: machine is taken while machine is held");
	lock_release(&machine);
	assert_panics(lock_take(&machine), "order of locks: machine is taken while frames is held");
	lock_release(&frames);
	lock_take(&machine);
	lock_release(&machine);
}

static void *take_machine(void *unused)
{
	lock_take(&machine);
	lock_release(&machine);
	return unused;
}

static void what_another_cpu_holds_does_not_count(void **state)
{
	pthread_t thread;

	(void)state;
	lock_take(&frames);
	assert_int_equal(pthread_create(&thread, NULL, take_machine, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	lock_release(&frames);
}

static void hold(u32 ticks)
{
	lock_take(&frames);
	ticks_now += ticks;
	lock_release(&frames);
}

static void the_longest_hold_is_kept(void **state)
{
	(void)state;
	lock_take(&frames);
	lock_measure_anew(&frames);
	ticks_now += 3;
	lock_release(&frames);
	assert_int_equal(lock_longest[LOCK_FRAMES], 3);
	ticks_now = UINT32_MAX - 2; /* it wraps */
	hold(7);
	hold(5);
	assert_int_equal(lock_longest[LOCK_FRAMES], 7);
	lock_take(&frames);
	ticks_now += 9;
	lock_measure_anew(&frames);
	ticks_now += 2;
	lock_release(&frames);
	assert_int_equal(lock_longest[LOCK_FRAMES], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_thread_has_it_at_a_time),
	    cmocka_unit_test(locks_are_taken_in_their_order),
	    cmocka_unit_test(what_another_cpu_holds_does_not_count),
	    cmocka_unit_test(the_longest_hold_is_kept),
	    cmocka_unit_test(a_lock_that_is_never_released_is_a_panic),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}

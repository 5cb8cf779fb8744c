// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs that are threads: tests/unit/race_cpus.h. */
#include "tests/unit/race_cpus.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arch/x86/timer.h"
#include "lib/lock.h"
#include "lib/panic.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define RANDOM_SEED 2463534242u
#define OPERATIONS 1000000u
#define OPERATIONS_LONG 10000000u /* with LONG=1 */
#define FAILED 1
#define RACE_FOUND 66
#define TICK_NS (NS_PER_MS / 2) /* between two questions for the time */
#define STEP 64u                /* operations that a CPU counts at a time */
#define LOOKS 64u               /* at something that another CPU will do, between two sleeps */
#define NAP_NS 50000            /* a sleep of an idle CPU */
#define SLEEP_NS NS_PER_MS      /* a sleep of a CPU that waits for a lock, at most */

PER_CPU struct this_cpu this_cpu;
u8 *machine_memory;
static PER_CPU u32 random_state = RANDOM_SEED, steps, looks;
static bool is_long;
static u32 cpu_count, operations;
static u32 sleepers; /* that wait for a lock; accessed atomically, as `operations` */
static u64 now;      /* the same */
static void (*body)(void);
static struct this_cpu *anchors[RACE_CPUS_MAX]; /* each CPU's this_cpu */
static pthread_barrier_t all_are_there;

/* The first race ends the program. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "halt_on_error=1:exitcode=66:history_size=4";
}
_Static_assert(RACE_FOUND == 66, "the same in the options");

void race_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: \"%s\" does not hold\n", file, line, condition);
	_exit(FAILED);
}

void panic(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	fprintf(stderr, "panic: ");
	vfprintf(stderr, text, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	_exit(FAILED);
}

/* A CPU that waits looks again and again for a short time, then sleeps. */
static bool is_to_sleep(void)
{
	__builtin_ia32_pause();
	return !(++looks % LOOKS);
}

void lock_pause(void)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};

	if (is_to_sleep())
		nanosleep(&nap, NULL);
}

static void futex(const u32 *word, int what, u32 value, const struct timespec *limit, u32 ticket)
{
	syscall(SYS_futex, word, what, value, limit, NULL, 1u << ticket % 32);
}

/* The holder waits for a CPU of the host, perhaps for this one. Two CPUs may miss each other here, so no sleep is
 * long. */
void lock_wait(const struct lock *lock, u32 ticket)
{
	u32 serving = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
	struct timespec until;

	if (!is_to_sleep() || serving == ticket)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SLEEP_NS;
	until.tv_sec += until.tv_nsec / NS_PER_SECOND;
	until.tv_nsec %= NS_PER_SECOND;
	__atomic_fetch_add(&sleepers, 1, __ATOMIC_RELAXED);
	futex(&lock->serving, FUTEX_WAIT_BITSET_PRIVATE, serving, &until, ticket);
	__atomic_fetch_sub(&sleepers, 1, __ATOMIC_RELAXED);
}

void lock_released(const struct lock *lock)
{
	if (__atomic_load_n(&sleepers, __ATOMIC_RELAXED))
		futex(&lock->serving, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL,
		      __atomic_load_n(&lock->serving, __ATOMIC_RELAXED));
}

__attribute__((weak)) u64 timer_now(void)
{
	return __atomic_add_fetch(&now, TICK_NS, __ATOMIC_RELAXED);
}

/* The variables of all threads lie in the same order. */
void *per_cpu_of(u32 cpu, const void *variable)
{
	return (u8 *)anchors[cpu] + ((const u8 *)variable - (const u8 *)&this_cpu);
}

static void *run_cpu(void *number)
{
	this_cpu.number = (u32)(uintptr_t)number;
	random_state = RANDOM_SEED + this_cpu.number;
	anchors[this_cpu.number] = &this_cpu;
	pthread_barrier_wait(&all_are_there);
	body();
	return NULL;
}

void race_run(u32 cpus, void (*its_body)(void))
{
	pthread_t threads[RACE_CPUS_MAX];

	is_long = getenv("LONG");
	body = its_body;
	cpu_count = cpus;
	pthread_barrier_init(&all_are_there, NULL, cpus);
	for (uintptr_t i = 0; i < cpus; i++)
		CHECK(!pthread_create(&threads[i], NULL, run_cpu, (void *)i));
	for (u32 i = 0; i < cpus; i++)
		CHECK(!pthread_join(threads[i], NULL));
	pthread_barrier_destroy(&all_are_there);
}

static u32 race_operations(void)
{
	return is_long ? OPERATIONS_LONG : OPERATIONS;
}

bool race_is_over(void)
{
	return __atomic_load_n(&operations, __ATOMIC_RELAXED) >= race_operations();
}

/* The counter's cache line is shared: each CPU counts STEP operations at once. */
bool race_step(void)
{
	if (++steps % STEP)
		return true;
	__atomic_fetch_add(&operations, STEP, __ATOMIC_RELAXED);
	return !race_is_over();
}

/* xorshift32 */
u32 race_random(u32 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

void race_leave(void)
{
	pthread_exit(NULL);
}

void race_memory(u32 first, u32 frames)
{
	machine_memory = calloc(frames, FRAME_SIZE);
	CHECK(machine_memory);
	frames_init(calloc(1, frames_table_size(frames)), frames);
	frames_add(to_pfn(first - 1), 1);
	frame_of_zeroes();
	frames_add(to_pfn(first), frames - first);
}

int race_passed(const char *text)
{
	printf("ok 1 - %u operations of %u CPUs without a race: %s\n1..1\n", operations, cpu_count,
	       text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs that are threads: tests/unit/race_cpus.h. */
#include "tests/unit/race_cpus.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arch/x86/timer.h"
#include "lib/lock.h"
#include "lib/panic.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define RANDOM_SEED 2463534242u
#define OPERATIONS 400000u
#define OPERATIONS_LONG 1000000u /* with LONG=1 */
#define FAILED 1
#define RACE_FOUND 66
#define TICK_NS (NS_PER_MS / 2) /* between two questions for the time */
#define STEP 64u                /* operations that a CPU counts at a time */

PER_CPU struct this_cpu this_cpu;
u8 *machine_memory;
static PER_CPU u32 random_state = RANDOM_SEED, steps;
static bool is_long;
static u32 cpu_count, operations;
static u64 now; /* accessed atomically, as `operations` */
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

/* The holder may wait for a CPU of the host, which other programs use, too. */
void lock_pause(void)
{
	sched_yield();
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

/* Waits for locks cost more than the operations if other programs keep the host's CPUs busy. */
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

void race_memory(u32 first, u32 frames)
{
	machine_memory = calloc(frames, FRAME_SIZE);
	CHECK(machine_memory);
	frames_init(calloc(1, frames_table_size(frames)), frames);
	frames_add(to_pfn(first), frames - first);
}

int race_passed(const char *text)
{
	printf("ok 1 - %u operations of %u CPUs without a race: %s\n1..1\n", operations, cpu_count,
	       text);
	return 0;
}

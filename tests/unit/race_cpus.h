/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that play the CPUs of a machine, for ThreadSanitizer: PER_CPU variables are a thread's own,
 * and the locks are the real ones. Nothing else here orders what two threads do, so that the sanitizer
 * sees each access that no lock orders.
 *
 * The time, timer_now(), is the number of questions for it, so it does not depend on the host's speed.
 *
 * A race, a panic and a failed CHECK end the program at once, with another status than 0.
 */
#ifndef TESTS_UNIT_RACE_CPUS_H
#define TESTS_UNIT_RACE_CPUS_H

#include "arch/x86/per_cpu.h"
#include "lib/types.h"

#define RACE_CPUS_MAX 4u

/* Ends the program unless the condition holds. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			race_fail(__FILE__, __LINE__, #condition);                                 \
	} while (0)
void race_fail(const char *file, int line, const char *condition) NORETURN;

/* Runs `body` on so many threads; this_cpu.number is 0, 1, ... Returns when all have returned. */
void race_run(u32 cpus, void (*body)(void));

/* One more operation of this CPU; false: the CPUs together have done all: a million or, with LONG=1 in the
 * environment, ten million. */
bool race_step(void);
bool race_is_over(void);

/* Ends this CPU, whose body never returns. It holds no lock. */
void race_leave(void) NORETURN;

/* Below `limit`: this CPU's own numbers, the same in every run. */
u32 race_random(u32 limit);

/* Memory for frames_init. The frame before `first` becomes that of zeroes, those before it stay the
 * firmware's. */
void race_memory(u32 first, u32 frames);

/* Prints the result, for prove. */
int race_passed(const char *text);

#endif

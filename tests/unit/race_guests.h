/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests for the threads of race_cpus.h to run, and the functions that the scheduler calls: time, the
 * timer, interrupts between CPUs, windows for interrupts. A guest has memory of its own, without a
 * lock; a CPU that runs it or has stopped it reads and writes this memory.
 */
#ifndef TESTS_UNIT_RACE_GUESTS_H
#define TESTS_UNIT_RACE_GUESTS_H

#include "hv/guest.h"
#include "hv/sched/schedule.h"
#include "tests/unit/race_cpus.h"

#define RACE_GUESTS_MAX 8u
#define GUEST_WORDS 16u

/* Before the first call of schedule_next, on each CPU. */
void race_start_timer(void);

/* A guest at its start. config->number, below RACE_GUESTS_MAX, selects its memory. */
void race_init_guest(struct guest *g, const struct guest_config *config);

/* As run_guest(): called and returns with the machine's lock. `act` is called after each exit, without the
 * lock. */
void race_run_guest(struct guest *g, void (*act)(struct guest *g));

/* Reads and writes the guest's memory. No CPU executes it. */
void race_touch(struct guest *g);

/* For each device interrupt on the boot CPU, with the machine's lock. */
extern u32 race_device_interrupts;

/* CPUs that sleep return; the others do not sleep any more. `leave`: they end (race_leave). */
void race_let_sleep_end(bool leave);

#endif

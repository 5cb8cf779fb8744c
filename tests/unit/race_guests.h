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

#define GUESTS 6u
#define GUEST_WORDS 16u

/* As struct domain (hv/domain/domains.h) has them. */
struct race_guest {
	struct guest guest;
	struct vcpu vcpu;
	struct guest_config config;
	struct lguest_data data;
	u32 steps_left; /* of its destruction */
	u32 turns;
	bool backlog;   /* its next turn sends output */
	bool is_inside; /* a CPU executes it */
	u32 memory[GUEST_WORDS];
};

extern struct race_guest guests[GUESTS];

/* Before the first call of schedule_next, on each CPU. */
void race_start_timer(void);

/* Adds each guest that is not there, without a state. */
void race_start_guests(void);

/* As run_guest(): called and returns with the machine's lock. `act` is called after each exit, without the
 * lock. */
void race_run_guest(struct race_guest *r, void (*act)(struct race_guest *r));

/* Reads and writes the guest's memory. No CPU executes it. */
void race_touch(struct race_guest *r);

/* For each device interrupt on the boot CPU, with the machine's lock. */
extern u32 race_device_interrupts;

/* CPUs that sleep return. */
void race_let_sleep_end(void);

#endif

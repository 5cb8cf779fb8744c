/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler: decides which vCPU runs, and until when.
 *
 * Each guest has one vCPU. A vCPU's virtual time is its run time divided by its weight, and the
 * runnable vCPU with the least virtual time runs next. So over any period each runnable vCPU gets a
 * share by its weight. A vCPU that wakes starts at most SLEEPER_CREDIT_NS behind the least virtual
 * time of the others: it runs at once, but is not compensated for the time that it slept.
 *
 * There is no periodic tick. Each CPU's timer is armed for the next event there: a guest's clock
 * event, the end of a slice if another vCPU is runnable, the end of a cap's period, or the deadline
 * of a poller (on the boot CPU). Without any of these there is no timer interrupt, and without a runnable vCPU the
 * CPU halts.
 *
 * All time since start-up is charged: to a vCPU (its exits, its destruction and the switches that
 * are made for it included), to the hypervisor (overhead_time), or as idle.
 */
#ifndef HV_SCHEDULE_H
#define HV_SCHEDULE_H

#include "hv/base/progress.h"
#include "hv/base/wake.h"
#include "lib/types.h"

struct guest;

#define NO_CPU 0xFFFFFFFFu

#define WEIGHT_DEFAULT 100u
#define WEIGHT_MAX 10000u
#define CAP_MAX 100u

/*
 * A guest's vCPU; it outlives a restart of the guest. Times are in nanoseconds, moments as
 * timer_now(). Zero it, then set weight and cap. Its domain and the monitor write weight, cap,
 * paused, telling and held at any time; the scheduler writes everything else.
 */
struct vcpu {
	struct guest *guest; /* from schedule_add to schedule_remove, else NULL */
	u32 cpu;             /* the CPU on which it has its turn; NO_CPU: none */
	u32 home;            /* the CPU that had its last turn: its timer wakes the vCPU */
	u32 cpus;            /* bit n: it may run on CPU n; 0: on any */
	u32 avoids;    /* under schedule_migrate: the CPU that must not run it next; NO_CPU: none */
	u32 weight;    /* 1 to WEIGHT_MAX */
	u32 cap;       /* at most so many per cent of each CAP_PERIOD_NS; 0: no cap */
	bool paused;   /* it does not run, except to send output and to be destroyed */
	bool telling;  /* it does not run until its last event is told (hv/domain/watch.h) */
	bool held;     /* it has no turns at all, unless its guest has ended; its domain only */
	bool runnable; /* as of the last schedule_next */
	bool woken;    /* it became runnable after its last turn: it may preempt a slice */
	u64 virtual_time; /* run time * WEIGHT_DEFAULT / weight */
	u64 period_end;   /* end of the cap's current period ... */
	u64 period_used;  /* ... and run time in this period, including an excess of earlier ones */
	u64 waiting_since; /* when it became runnable, or was preempted */
	u64 run_time;      /* time on the CPU, in all */
	u64 steal_time;    /* time during which it was runnable and did not run, in all */
	u32 dispatches;    /* number of times that its state was loaded into the CPU */
};

/* The scheduler's state for a pCPU. Only schedule.c writes it. */
struct scheduler {
	bool alarm_fired;   /* the timer has interrupted since the last schedule_next */
	struct vcpu *woken; /* the first vCPU that became runnable in this schedule_next, or NULL */
	struct vcpu *current; /* the vCPU whose state the CPU holds, or NULL */
	struct vcpu *running; /* the vCPU that is charged for the time that passes, or NULL */
	u64 alarm;            /* the moment for which the timer is armed; TIMER_NEVER: it is not */
	u64 slice_end;        /* end of the slice of `running` */
	u64 move_at;          /* under schedule_migrate: when `running` has to change its CPU */
	u64 charged_until;    /* all time before this moment has been charged */
	u64 idle_time;        /* time in which no vCPU was runnable */
	u64 overhead_time;    /* time that no vCPU is charged for */
	u32 turns;
	u32 wakes;               /* interrupts that other CPUs have sent to it */
	const char *was_running; /* the guest that schedule_stop_others has taken off; NULL: none */
};

extern PER_CPU struct scheduler scheduler;

/* Time of all CPUs together since they started, in nanoseconds, as of the last charge of each. */
struct machine_time {
	u32 cpus;
	u64 now; /* since the machine's start */
	u64 idle, overhead;
};
void schedule_machine_time(struct machine_time *time);

/* Work of a room above that is done in each schedule_next, with interrupts off. */
struct poller {
	const char *name; /* the cause of its stretch: hv/base/stretch.h */

	/* Does the work that is due. */
	void (*poll)(void);

	/* The moment, as timer_now(), at which poll() is due at the latest; TIMER_NEVER: none. */
	u64 (*deadline)(void);

	/* While it returns true, the machine stays on without guests. NULL: never. */
	bool (*is_active)(void);
};
#define POLLERS_MAX 5u

/* Registers a poller, at start-up or from another poller. */
void schedule_add_poller(const struct poller *poller);

/* True if a poller keeps the machine on. */
bool schedule_is_needed(void);

/* The state of a guest's output, as far as it decides whether its vCPU is runnable. */
enum guest_output_state {
	OUTPUT_HAS_ROOM, /* for all that the guest's next turn may print */
	OUTPUT_FULL,     /* the guest has to wait for room */
	OUTPUT_BACKLOG,  /* its next turn has to send output, even if it is paused or halted */
};
typedef enum guest_output_state output_state_query(const struct guest *g);

/* Registers the query, at start-up. */
void schedule_set_output(output_state_query *query);

/* Adds the vCPU of a guest that is being created. */
void schedule_add(struct vcpu *v, struct guest *g);

/* Removes a vCPU whose guest has been destroyed. */
void schedule_remove(struct vcpu *v);

/* Takes the vCPU's state off the CPU, so that its guest can be destroyed. */
void schedule_release(struct vcpu *v);

/* The number of CPUs, which the boot CPU sets once; true if one of `cpus`, a bit each, is among them. */
void schedule_set_cpus(u32 count);
u32 schedule_cpus(void);
bool schedule_has_cpus(u32 cpus);

/* For tests: each guest changes its CPU after `us` microseconds there, if there is another one that it may run on. */
void schedule_migrate(u32 us);

/* For the monitor: what a CPU does and has done. */
struct cpu_report {
	const char *guest; /* that has its turn there; NULL: none */
	u64 idle, overhead;
	u32 turns, exits;
	u32 wakes;   /* interrupts that other CPUs have sent to it */
	u32 longest; /* stretch, in ticks */
};
void schedule_report_cpu(u32 cpu, struct cpu_report *report);

/* This CPU takes part from now on. Its first call. */
void schedule_join(void);

/* Takes all guests off the other CPUs, and keeps them off until schedule_resume_others: the caller can
 * read and change them. Other CPUs may do work under the machine's lock meanwhile. */
void schedule_stop_others(void);
void schedule_resume_others(void);

/* The boot CPU looks at the state of the domains again. */
void schedule_wake_boot_cpu(void);

/* Polls, updates all vCPUs, and returns the one to run next, with its state on the CPU. If none is
 * runnable, halts the CPU until an interrupt, unless a poller has more to do, and returns NULL; with
 * no vCPU at all and no active poller, returns NULL at once. A vCPU whose guest is being created or
 * destroyed gets turns for this work, without its state on the CPU. */
struct vcpu *schedule_next(void);

/* The handler of the timer's IRQ line (hv/run.h). */
void schedule_alarm_fired(u32 irq);

/* Charges the time until now to the running vCPU, or to the hypervisor. */
void schedule_charge(void);

/* Per cent of the last second or so in which the CPU was not idle. */
u32 schedule_load_percent(void);

/* It has its turn, or had it when the scheduler was entered. */
bool schedule_is_running(const struct vcpu *v);

/* The name of the guest that runs now, or NULL. For panic messages. */
const char *schedule_current_name(void);
const char *schedule_name_on(u32 cpu); /* of another CPU */

#endif

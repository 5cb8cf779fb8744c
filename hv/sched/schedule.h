/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs, and for how long.
 *
 * Each guest has one virtual CPU. Its virtual time runs with the time that it gets, and the slower
 * the greater its weight: whoever is furthest behind is next. So over any while each gets a share by
 * its weight, of whatever time the others leave. One who slept is not owed what it did not want: it
 * starts just behind the others, which is enough to run as soon as it wakes.
 *
 * There is no periodic tick. The machine's one timer is armed for the next moment that matters: a
 * guest's clock event, the end of a slice if somebody waits, the end of a cap's period. If nothing
 * does, there is no interrupt at all, and if nobody wants to run, the CPU halts.
 *
 * All time is put down: to a guest (its exits, its clearing away, and the switches that are made for it
 * included), to the hypervisor, or as idle. The sum is the time since start-up.
 */
#ifndef HV_SCHEDULE_H
#define HV_SCHEDULE_H

#include "hv/base/wake.h"
#include "lib/types.h"

struct guest;

#define WEIGHT_DEFAULT 100u
#define WEIGHT_MAX 10000u
#define CAP_MAX 100u

/* A guest's claim to the CPU; it outlives a restart. Zero it, then set weight and cap. */
struct vcpu {
	struct guest *guest; /* while it is alive or being cleared away */
	u32 weight;          /* 1 to WEIGHT_MAX */
	u32 cap;             /* the most it may have of each period, in per cent; 0: all */
	bool paused;
	bool runnable;    /* as it was when last looked at */
	bool woken;       /* runnable since its last turn: it need not wait for a slice's end */
	u64 virtual_time; /* of its run time, WEIGHT_DEFAULT / weight */
	u64 period_end;   /* of the cap's present period, and what was used in it */
	u64 period_used;
	u64 waiting_since;        /* runnable, but not running */
	u64 run_time, steal_time; /* in all; steal: it waited for others */
	u32 dispatches;           /* how often it was given the CPU */
};

/* What the scheduler knows of a CPU. */
struct scheduler {
	bool alarm_came;      /* that was the alarm */
	struct vcpu *woken;   /* the first one that has become runnable since */
	struct vcpu *current; /* whose state the CPU holds, or NULL */
	struct vcpu *running; /* who pays for the time that passes: current, or NULL */
	u64 alarm;            /* what the machine's timer is armed for; TIMER_NEVER: nothing */
	u64 slice_end;        /* of running */
	u64 charged_until;    /* everything before has been given to somebody */
	u64 idle_time, overhead_time;
};

extern struct scheduler scheduler; /* the one CPU's */

/* Work of other rooms that is done at each turn: each room registers its own at start-up. */
struct poller {
	const char *name; /* the cause of its stretch: hv/base/stretch.h */
	void (*poll)(void);
	u64 (*deadline)(
	    void); /* when it has to be polled at the latest, as timer_now(); TIMER_NEVER: never */
	bool (*stays)(
	    void); /* true: the machine stays on for it, even without guests. NULL: it never does */
};
#define POLLERS_MAX 4u
void schedule_add_poller(const struct poller *poller);
bool schedule_stays(void); /* for one of them */

/* The output of guests, as far as it decides who can run. */
struct guest_output {
	bool (*owes)(const struct guest *g);     /* it has to send some, in its own time */
	bool (*has_room)(const struct guest *g); /* for all that its next turn may print */
};
void schedule_set_output(const struct guest_output *output);

/* Adds a guest that has just been made; takes one away that is no more. */
void schedule_add(struct vcpu *v, struct guest *g);
void schedule_remove(struct vcpu *v);

/* Takes the guest's state off the CPU, so that it can be made anew. */
void schedule_release(struct vcpu *v);

/* Looks at all guests, halts the CPU if none wants it, and returns the one whose turn it is, with its
 * state on the CPU; NULL after having slept, or if there is none at all. An ended guest has a turn as
 * well: its clearing away is its own work. */
struct vcpu *schedule_next(void);

/* The timer has interrupted: serves its line (hv/run.h). */
void schedule_alarm_fired(u32 irq);

/* What has passed so far is put on somebody's account. */
void schedule_charge(void);

/* Of the last second or so, in which the CPU was not idle. */
u32 schedule_load_percent(void);

/* The name of the guest that runs now, or NULL. For panic messages. */
const char *schedule_current_name(void);

#endif

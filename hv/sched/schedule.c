/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main loop (hv/domain/domain_run.c) calls schedule_next() before each turn. Its steps:
 *
 *	charge_until       charges the vCPU that ran, until its exit
 *	poll               calls the pollers of console and monitor; lets interrupts in after each
 *	look_at_all        for each vCPU: raises due clock events, decides whether it is runnable
 *	choose             the vCPU that runs on, or the runnable one with the least virtual time
 *	give_turn          switches the CPU to it, begins its slice
 *	arm_timer          for the next event that could change the decision
 *	rest               if no vCPU is runnable: sleeps, unless a poller has more to do at once
 *
 * A guest runs until wake.needed is set: by the timer, by another interrupt, or by its own
 * hypercalls.
 *
 * 1. Charging time
 * 2. Runnable vCPUs
 * 3. The timer
 * 4. Other CPUs
 * 5. The turn
 *
 * hv/sched/sched_cpus.c has what concerns the CPUs rather than the vCPUs.
 */
#include "hv/sched/schedule.h"

#include "arch/x86/cpu.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/speculation.h"
#include "arch/x86/timer.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/guest.h"
#include "hv/interrupts.h"
#include "hv/sched/sched_cpus.h"
#include "lib/math64.h"
#include "lib/min_max.h"
#include "lib/panic.h"

#define SLICE_NS (5u * NS_PER_MS)
/* The most virtual time by which a woken vCPU may be behind the others. */
#define SLEEPER_CREDIT_NS (2 * SLICE_NS)

/* The most virtual time by which a vCPU may be ahead of the others. A slice of a vCPU of weight 1 is half of it. It
 * matters on several CPUs only: a vCPU that has a CPU to itself, whatever its weight, would be ahead by hours. */
#define LEAD_MAX_NS (1000u * NS_PER_MS)

#define CAP_PERIOD_NS (100u * NS_PER_MS)
#define VCPUS_MAX GUESTS_MAX
#define LOOKED_AT_IN_STRETCH 64u /* vCPUs: at most some 250 instructions each */

PER_CPU struct wake wake;
PER_CPU struct scheduler scheduler;

static u32 polling = NO_CPU; /* the CPU that is in the pollers */
static u32 migrate_ns;       /* of schedule_migrate; 0: no */

static struct vcpu *vcpus[VCPUS_MAX];
static u32 vcpu_count;
static const struct poller *pollers[POLLERS_MAX];
static u32 poller_count;
static output_state_query *output_state;
static u64 min_virtual_time; /* of the vCPUs that are runnable or run; it never decreases */
/* The boot CPU comes into the scheduler at this time or earlier. Its own `alarm` is not for others: it
 * changes without the machine's lock, in interrupts and while a guest runs. */
static u64 boot_cpu_alarm = TIMER_NEVER;

void schedule_add_poller(const struct poller *poller)
{
	ASSERT(poller_count < POLLERS_MAX);
	pollers[poller_count++] = poller;
}

bool schedule_is_needed(void)
{
	for (u32 i = 0; i < poller_count; i++)
		if (pollers[i]->is_active && pollers[i]->is_active())
			return true;
	return false;
}

void schedule_set_output(output_state_query *query)
{
	output_state = query;
}

/* -- 1. Charging time -------------------------------------------------------------------------- */

static void charge(struct vcpu *v, u64 ns)
{
	u32 rest;

	v->run_time += ns;
	v->virtual_time = min_u64(v->virtual_time + divide(ns * WEIGHT_DEFAULT, v->weight, &rest),
				  min_virtual_time + LEAD_MAX_NS);
	if (v->cap)
		v->period_used += ns;
}

/* Charges the time until `time` to `v`, or (NULL) to `account`. */
static void charge_until(u64 time, struct vcpu *v, u64 *account)
{
	u64 passed = time - scheduler.charged_until;

	if (time <= scheduler.charged_until)
		return;
	if (v)
		charge(v, passed);
	else
		*account += passed;
	scheduler.charged_until = time;
}

void schedule_charge(void)
{
	charge_until(timer_now(), scheduler.running, &scheduler.overhead_time);
}

/* The moment until which the vCPU that ran is charged: now or, if the timer caused the exit, the
 * moment of the exit. schedule_next charges the time after it to the vCPU that the timer woke. */
static u64 time_of_exit(void)
{
	u64 now = timer_now();

	return scheduler.alarm_fired ? now - stretch_ns() : now;
}

/* -- 2. Runnable vCPUs ------------------------------------------------------------------------- */

static u64 cap_ns(const struct vcpu *v)
{
	return (u64)CAP_PERIOD_NS / 100 * v->cap;
}

/* A vCPU exceeds its cap if it reaches the cap during a long exit. The excess counts in the periods
 * that follow. */
static void begin_period(struct vcpu *v, u64 now)
{
	u32 rest;
	u64 periods = divide(now - v->period_end, CAP_PERIOD_NS, &rest) + 1;
	u64 allowed = min_u64(v->period_used, periods * cap_ns(v));

	v->period_used -= allowed;
	v->period_end = now + CAP_PERIOD_NS;
}

static bool cap_is_used_up(struct vcpu *v, u64 now)
{
	if (!v->cap)
		return false;
	if (now >= v->period_end)
		begin_period(v, now);
	return v->period_used >= cap_ns(v);
}

/* Its next turn does work for the guest, even while it is halted. */
static bool has_work(const struct guest *g)
{
	return g->device_state.pending || g->clones_wanted;
}

/* A paused guest has no turns, a halted guest has turns for its devices only. A guest that is being
 * created, cloned or destroyed is never stopped, unless it is held. */
static bool is_stopped(const struct vcpu *v)
{
	const struct guest *g = v->guest;

	if (v->held && (!guest_has_ended(g) || g->space.state == GUEST_BEING_MADE))
		return true;
	return !guest_has_ended(g) && !g->clones_wanted &&
	       (v->paused || v->telling || (g->halted && !has_work(g)));
}

static bool can_run(struct vcpu *v, u64 now)
{
	struct guest *g = v->guest;

	if (g->halted && !guest_has_ended(g))
		interrupts_wake(g);
	if (cap_is_used_up(v, now))
		return false;
	switch (output_state(g)) {
	case OUTPUT_BACKLOG:
		return true;
	case OUTPUT_HAS_ROOM:
		return !is_stopped(v);
	default:
		return false;
	}
}

static void becomes_runnable(struct vcpu *v, u64 now)
{
	u64 behind = min_virtual_time - min_u64(min_virtual_time, SLEEPER_CREDIT_NS);

	if (!scheduler.woken)
		scheduler.woken = v;
	v->virtual_time = max_u64(v->virtual_time, behind);
	v->waiting_since = now;
	v->woken = true;
}

static void update_runnable(struct vcpu *v, u64 now)
{
	bool runnable;

	clock_raise_due(v->guest, now);
	runnable = can_run(v, now);
	if (runnable && !v->runnable)
		becomes_runnable(v, now);
	if (!runnable && v->runnable && v != scheduler.running)
		v->steal_time += now - v->waiting_since;
	v->runnable = runnable;
}

void schedule_migrate(u32 us)
{
	migrate_ns = us * (NS_PER_MS / 1000);
}

/* The vCPU that ran has to go to another CPU, if its time here is over. */
static void send_away(struct vcpu *last, u64 now)
{
	if (migrate_ns && now >= scheduler.move_at &&
	    (sched_allowed(last) & ~cpu_bit(this_cpu.number)))
		last->avoids = this_cpu.number;
}

/* It may have its next turn on this CPU. */
static bool is_ready_here(const struct vcpu *v)
{
	/* It may have been pinned to the CPU that it avoids. */
	if (v->avoids == this_cpu.number && (sched_allowed(v) & ~cpu_bit(this_cpu.number)))
		return false;
	return v->runnable && v->cpu == NO_CPU && (sched_allowed(v) & cpu_bit(this_cpu.number));
}

/* True if a halted vCPU was not runnable when it was looked at last, and nothing has happened since then that could
 * change this. On a machine with many vCPUs most are in this state. (A guest that still has to send output is
 * runnable.) */
static bool sleeps_on(const struct vcpu *v, u64 now)
{
	const struct guest *g = v->guest;

	return !v->runnable && !v->cap && g->halted && !g->interrupts.pending && !has_work(g) &&
	       g->clock.event > now && g->clock.limit > now && !guest_has_ended(g);
}

/* The next moment at which this vCPU could change the decision by itself. */
static u64 next_event(const struct vcpu *v, u64 now)
{
	u64 at = clock_next(v->guest);

	if (v->cap && v->period_used >= cap_ns(v) && v->period_end > now)
		at = min_u64(at, v->period_end);
	return at;
}

/* The result of one look at all vCPUs. */
struct look {
	struct vcpu *best; /* ready here, with the least virtual time; NULL: none */
	u32 ready;         /* the number of those that are ready here */
	u64 least;         /* virtual time of those that are runnable or run */
	u64 event;         /* the next one that is this CPU's business */
};

static void note_ready(struct look *look, struct vcpu *v)
{
	look->ready++;
	if (!look->best || v->virtual_time < look->best->virtual_time)
		look->best = v;
}

/* Each event is one CPU's business: that of the CPU whose turn it concerns, or else the vCPU's home. A
 * vCPU that waits for a turn concerns each CPU that may run it. */
static void look_at(struct look *look, struct vcpu *v, u64 now)
{
	bool ready;

	if (v->cpu == NO_CPU && !sleeps_on(v, now))
		update_runnable(v, now);
	ready = v->runnable && is_ready_here(v);
	if (ready)
		note_ready(look, v);
	if (v->runnable || v->cpu != NO_CPU)
		look->least = min_u64(look->least, v->virtual_time);
	if (v->cpu == NO_CPU && (ready || v->home == this_cpu.number))
		look->event = min_u64(look->event, next_event(v, now));
}

static struct look look_at_all(u64 now)
{
	struct look look = {.least = UINT64_MAX, .event = TIMER_NEVER};

	for (u32 i = 0; i < vcpu_count; i++) {
		look_at(&look, vcpus[i], now);
		if (i % LOOKED_AT_IN_STRETCH == LOOKED_AT_IN_STRETCH - 1)
			stretch_window(NULL, NULL);
	}
	if (look.least != UINT64_MAX)
		min_virtual_time = max_u64(min_virtual_time, look.least);
	return look;
}

/* Within its slice, the running vCPU is preempted only by a vCPU that has just woken, and only if no
 * CPU sleeps that can take it. */
static struct vcpu *choose(struct vcpu *best, u64 now)
{
	struct vcpu *running = scheduler.running;

	if (sched_cpus.stopper != NO_CPU && sched_cpus.stopper != this_cpu.number)
		return NULL;
	if (running && is_ready_here(running) && best && now < scheduler.slice_end &&
	    (!best->woken || sched_idle_cpu_for(best) != NO_CPU))
		return running;
	return best;
}

/* -- 3. The timer ------------------------------------------------------------------------------ */

/* It has fired, or the clock has changed: it has to be armed again, even for TIMER_NEVER, since some
 * clocks must be read now and then (timer_arm). */
static PER_CPU bool alarm_is_off;

static void arm(u64 at)
{
	alarm_is_off = false;
	scheduler.alarm = at;
	timer_arm(at);
}

void schedule_alarm_fired(u32 irq)
{
	(void)irq;
	scheduler.alarm = TIMER_NEVER;
	scheduler.alarm_fired = alarm_is_off = true;
	schedule_soon();
}

void schedule_alarm_by(u64 at)
{
	if (at < scheduler.alarm)
		arm(at);
}

/* The next moment at which the turn of `next` has to end, while `ready` vCPUs are ready here. */
static u64 end_of_turn(const struct vcpu *next, u32 ready, u64 now)
{
	u64 at = TIMER_NEVER;

	if (next->cap)
		at = min_u64(at, now + cap_ns(next) - next->period_used);
	if (ready > 1)
		at = min_u64(at, scheduler.slice_end);
	if (migrate_ns)
		at = min_u64(at, scheduler.move_at);
	return at;
}

static u64 pollers_deadline(void)
{
	u64 at = TIMER_NEVER;

	for (u32 i = 0; i < poller_count; i++)
		at = min_u64(at, pollers[i]->deadline());
	return at;
}

static void arm_timer(const struct vcpu *next, const struct look *look, u64 now)
{
	u64 at = pollers_deadline();

	if (this_cpu.number) { /* the boot CPU's timer is for the pollers */
		if (at < boot_cpu_alarm)
			sched_wake_cpu(0);
		at = TIMER_NEVER;
	}
	at = min_u64(at, look->event);
	if (next)
		at = min_u64(at, end_of_turn(next, look->ready, now));
	if (!this_cpu.number)
		boot_cpu_alarm = at;
	if (at != scheduler.alarm || alarm_is_off)
		arm(at);
}

/* -- 4. Other CPUs ----------------------------------------------------------------------------- */

static bool waits(const struct vcpu *v)
{
	return v->runnable && v->cpu == NO_CPU;
}

/* Sleeping CPUs take the runnable vCPUs that have no turn. */
static void share_work(void)
{
	for (u32 i = 0; sched_cpus.idle && i < vcpu_count; i++) {
		u32 cpu = waits(vcpus[i]) ? sched_idle_cpu_for(vcpus[i]) : NO_CPU;

		if (cpu != NO_CPU)
			sched_wake_cpu(cpu);
	}
}

void schedule_resume_others(void)
{
	sched_cpus.stopper = NO_CPU;
	share_work();
}

void schedule_soon_for(const struct guest *g)
{
	for (u32 i = 0; i < vcpu_count && !sched_is_single(); i++) {
		u32 cpu = vcpus[i]->guest == g ? vcpus[i]->cpu : NO_CPU;

		if (cpu != NO_CPU && cpu != this_cpu.number) {
			sched_wake_cpu(cpu);
			return;
		}
	}
	schedule_soon();
}

bool schedule_is_running(const struct vcpu *v)
{
	return v == scheduler.running || v->cpu != NO_CPU;
}

/* -- 5. The turn ------------------------------------------------------------------------------- */

static void unload(void)
{
	if (scheduler.current)
		guest_unschedule(scheduler.current->guest);
	scheduler.current = NULL;
}

/* On a machine with one CPU, the state of a vCPU that is not runnable stays on the CPU until another
 * vCPU runs. On a machine with several, a CPU holds no vCPU's state but that which has its turn, whenever
 * the machine's lock is free. */
static void switch_to(struct vcpu *next)
{
	unload();
	scheduler.current = next;
	next->dispatches++;
	speculation_switch_guests();
	guest_schedule(next->guest, &this_cpu_pages);
}

static void give_turn(struct vcpu *next, u64 now)
{
	struct vcpu *last = scheduler.running;

	/* A guest that is being created or destroyed gets no windows: its turns need no state on
	 * the CPU. */
	if (scheduler.current != next) {
		if (!guest_has_ended(next->guest) && !next->guest->clones_wanted)
			switch_to(next);
		else if (!sched_is_single())
			unload();
	}
	next->cpu = next->home = this_cpu.number;
	next->avoids = NO_CPU;
	scheduler.turns++;
	if (last == next)
		return;
	if (last)
		last->waiting_since = now;
	next->steal_time += now - next->waiting_since;
	next->woken = false;
	scheduler.running = next;
	scheduler.slice_end = now + SLICE_NS;
	scheduler.move_at = now + migrate_ns;
}

/* A poller has more to do at once, on this CPU: it is the boot CPU, and no other one polls or wants it to stand still. */
static bool is_poll_due(void)
{
	return !this_cpu.number && polling == NO_CPU && sched_cpus.stopper == NO_CPU &&
	       pollers_deadline() <= timer_now();
}

static void sleep(void)
{
	sched_cpus.idle |= cpu_bit(this_cpu.number);
	if (!wake.needed)
		stretch_sleep();
	sched_cpus.idle &= ~cpu_bit(this_cpu.number);
}

/* There is no vCPU to run. */
static void rest(void)
{
	scheduler.running = NULL;
	if (!sched_is_single())
		unload();
	if (!is_poll_due()) {
		sleep();
	} else {
		machine_unlock(); /* other CPUs may wait for it */
		machine_lock();
	}
	charge_until(timer_now(), NULL, &scheduler.idle_time);
}

static void poll(void)
{
	if (polling != NO_CPU)
		return;
	polling = this_cpu.number;
	if (!this_cpu.number)
		alarm_is_off |= clock_check();
	for (u32 i = 0; i < poller_count; i++) {
		pollers[i]->poll();
		stretch_window(NULL, pollers[i]->name);
	}
	polling = NO_CPU;
}

/*
 * The vCPU that ran is charged until its exit. The time from there on is charged to the vCPU that
 * has just woken, or else to the one that ran. So a guest that wakes often, each time for a moment,
 * pays for its interrupts and for the switches to it; the guests that it preempts do not.
 */
struct vcpu *schedule_next(void)
{
	struct vcpu *next, *last = scheduler.running;
	struct look look;
	u64 now;

	host_windows_refresh();
	charge_until(time_of_exit(), last, &scheduler.overhead_time);
	if (last)
		last->cpu = NO_CPU;
	stretch_window(last ? last->guest : NULL, NULL);
	wake.needed = scheduler.alarm_fired = false;
	scheduler.woken = NULL;
	poll();
	now = timer_now();
	if (last)
		send_away(last, now);
	look = look_at_all(now);
	next = choose(look.best, now);
	if (next == scheduler.running && now >= scheduler.slice_end)
		scheduler.slice_end = now + SLICE_NS;
	if (next)
		give_turn(next, now);
	else if (last)
		last->waiting_since = now;
	if (sched_cpus.stopper == NO_CPU)
		share_work();
	arm_timer(next, &look, now);
	charge_until(timer_now(), scheduler.woken ? scheduler.woken : last,
		     &scheduler.overhead_time);
	if (!next && (vcpu_count || schedule_is_needed() || this_cpu.number))
		rest();
	return next;
}

void schedule_add(struct vcpu *v, struct guest *g)
{
	ASSERT(vcpu_count < VCPUS_MAX);
	v->guest = g;
	v->cpu = v->avoids = NO_CPU;
	v->home = this_cpu.number;
	v->runnable = false;
	vcpus[vcpu_count++] = v;
}

void schedule_release(struct vcpu *v)
{
	if (scheduler.current != v)
		return;
	guest_unschedule(v->guest);
	scheduler.current = NULL;
}

void schedule_remove(struct vcpu *v)
{
	u32 i = 0;

	schedule_charge();
	schedule_release(v);
	if (scheduler.running == v)
		scheduler.running = NULL;
	while (vcpus[i] != v)
		i++;
	vcpus[i] = vcpus[--vcpu_count];
	v->guest = NULL; /* NOLINT(*-core.NullDereference): no caller passes NULL */
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/sched/schedule.h"

#include "arch/x86/cpu.h"
#include "arch/x86/speculation.h"
#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/guest.h"
#include "lib/math64.h"
#include "lib/panic.h"

#define SLICE_NS (5u * NS_PER_MS)
#define SLEEPER_CREDIT_NS (2 * SLICE_NS) /* how far behind the others one starts who slept */
#define CAP_PERIOD_NS (100u * NS_PER_MS)
#define LOAD_WINDOW_NS (1000u * NS_PER_MS)
#define VCPUS_MAX GUESTS_MAX

struct wake wake HOT_DATA;
struct scheduler scheduler HOT_DATA = {.alarm = TIMER_NEVER};

static struct vcpu *vcpus[VCPUS_MAX];
static u32 vcpu_count;
static const struct poller *pollers[POLLERS_MAX];
static u32 poller_count;
static const struct guest_output *guest_output;
static u64 least_virtual_time; /* of the runnable ones; never goes back */

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 later(u64 a, u64 b)
{
	return a > b ? a : b;
}

void schedule_add_poller(const struct poller *poller)
{
	ASSERT(poller_count < POLLERS_MAX);
	pollers[poller_count++] = poller;
}

bool schedule_stays(void)
{
	for (u32 i = 0; i < poller_count; i++)
		if (pollers[i]->stays && pollers[i]->stays())
			return true;
	return false;
}

void schedule_set_output(const struct guest_output *output)
{
	guest_output = output;
}

/* -- 1. Whose time it was ---------------------------------------------------------------------- */

static void charge(struct vcpu *v, u64 ns)
{
	u32 rest;

	v->run_time += ns;
	v->virtual_time += divide(ns * WEIGHT_DEFAULT, v->weight, &rest);
	if (v->cap)
		v->period_used += ns;
}

/* To `v`, or (NULL) to the account. */
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

/* When the guest that runs came out. An alarm is no doing of its own. */
static u64 time_of_exit(void)
{
	u64 now = timer_now();

	return scheduler.alarm_came ? now - stretch_ns() : now;
}

/* Of the last window that is over. */
static struct {
	u64 since, idle_then; /* when the present window began, and the idle time until then */
	u32 percent;
} load;

u32 schedule_load_percent(void)
{
	u64 passed = scheduler.charged_until - load.since;
	u32 rest;

	if (passed >= LOAD_WINDOW_NS) {
		u64 busy = passed - (scheduler.idle_time - load.idle_then);

		for (; passed > UINT32_MAX; passed >>= 1)
			busy >>= 1;
		load.percent = divide(busy * 100, (u32)passed, &rest);
		load.since = scheduler.charged_until;
		load.idle_then = scheduler.idle_time;
	}
	return load.percent;
}

const char *schedule_current_name(void)
{
	return scheduler.running ? scheduler.running->guest->config->name : NULL;
}

/* -- 2. Who could run -------------------------------------------------------------------------- */

static u64 cap_ns(const struct vcpu *v)
{
	return (u64)CAP_PERIOD_NS / 100 * v->cap;
}

/* What it had too much, since it was in the middle of something, it has less of the next ones. */
static void begin_period(struct vcpu *v, u64 now)
{
	u32 rest;
	u64 periods = divide(now - v->period_end, CAP_PERIOD_NS, &rest) + 1;
	u64 had_due = earlier(v->period_used, periods * cap_ns(v));

	v->period_used -= had_due;
	v->period_end = now + CAP_PERIOD_NS;
}

static bool has_spent_its_cap(struct vcpu *v, u64 now)
{
	if (!v->cap)
		return false;
	if (now >= v->period_end)
		begin_period(v, now);
	return v->period_used >= cap_ns(v);
}

static bool wants_to_run(struct vcpu *v, u64 now)
{
	struct guest *g = v->guest;

	if (g->halted && !guest_has_ended(g))
		interrupts_wake(g);
	if (has_spent_its_cap(v, now))
		return false;
	if (guest_output->owes(g))
		return true;
	if (!guest_has_ended(g) && (v->paused || (g->halted && !g->device_state.pending)))
		return false;
	return guest_output->has_room(g);
}

static void becomes_runnable(struct vcpu *v, u64 now)
{
	if (!scheduler.woken)
		scheduler.woken = v;

	u64 behind = least_virtual_time - earlier(least_virtual_time, SLEEPER_CREDIT_NS);

	v->virtual_time = later(v->virtual_time, behind);
	v->waiting_since = now;
	v->woken = true;
}

static void update_runnable(struct vcpu *v, u64 now)
{
	bool runnable;

	clock_raise_due(v->guest, now);
	runnable = wants_to_run(v, now);
	if (runnable && !v->runnable)
		becomes_runnable(v, now);
	if (!runnable && v->runnable && v != scheduler.running)
		v->steal_time += now - v->waiting_since;
	v->runnable = runnable;
}

static struct vcpu *min_vruntime_vcpu(void)
{
	struct vcpu *best = NULL;

	for (u32 i = 0; i < vcpu_count; i++)
		if (vcpus[i]->runnable && (!best || vcpus[i]->virtual_time < best->virtual_time))
			best = vcpus[i];
	if (best)
		least_virtual_time = later(least_virtual_time, best->virtual_time);
	return best;
}

/* Whose turn it is. Before its slice is over, who runs has to go only for one who has just woken. */
static struct vcpu *choose(u64 now)
{
	struct vcpu *best = min_vruntime_vcpu(), *running = scheduler.running;

	if (running && running->runnable && now < scheduler.slice_end && !best->woken)
		return running;
	return best;
}

/* -- 3. The timer ------------------------------------------------------------------------------ */

static void arm(u64 at)
{
	scheduler.alarm = at;
	timer_arm(at);
}

void schedule_alarm_fired(u32 irq)
{
	(void)irq;
	scheduler.alarm = TIMER_NEVER;
	scheduler.alarm_came = true;
	schedule_soon();
}

void schedule_alarm_by(u64 at)
{
	if (at < scheduler.alarm)
		arm(at);
}

/* When this guest could next change who should run. */
static u64 next_moment(const struct vcpu *v, const struct vcpu *next, u64 now)
{
	u64 at = clock_next(v->guest);

	if (v->cap && v == next)
		at = earlier(at, now + cap_ns(v) - v->period_used);
	else if (v->cap && v->period_used >= cap_ns(v) && v->period_end > now)
		at = earlier(at, v->period_end);
	if (v->runnable && v != next)
		at = earlier(at, scheduler.slice_end);
	return at;
}

static void arm_for(const struct vcpu *next, u64 now)
{
	u64 at = TIMER_NEVER;

	for (u32 i = 0; i < poller_count; i++)
		at = earlier(at, pollers[i]->deadline());
	for (u32 i = 0; i < vcpu_count; i++)
		at = earlier(at, next_moment(vcpus[i], next, now));
	if (at != scheduler.alarm)
		arm(at);
}

/* -- 4. The turn ------------------------------------------------------------------------------- */

/* A guest that sleeps stays on the CPU until another wants it. */
static void switch_to(struct vcpu *next)
{
	struct vcpu *last = scheduler.current;

	if (last)
		guest_unschedule(last->guest);
	scheduler.current = next;
	next->dispatches++;
	speculation_switch_guests();
	guest_schedule(next->guest, &boot_cpu_pages);
}

static void give_turn(struct vcpu *next, u64 now)
{
	struct vcpu *last = scheduler.running;

	/* Whose guest has ended, or is being made, has its turns without the CPU: it gets no windows any more. */
	if (scheduler.current != next && !guest_has_ended(next->guest))
		switch_to(next);
	if (last == next)
		return;
	if (last)
		last->waiting_since = now;
	next->steal_time += now - next->waiting_since;
	next->woken = false;
	scheduler.running = next;
	scheduler.slice_end = now + SLICE_NS;
}

static void sleep(void)
{
	scheduler.running = NULL;
	if (!wake.needed)
		stretch_sleep();
	charge_until(timer_now(), NULL, &scheduler.idle_time);
}

static void poll(void)
{
	for (u32 i = 0; i < poller_count; i++) {
		pollers[i]->poll();
		stretch_window(NULL, pollers[i]->name);
	}
}

/*
 * The guest that runs pays until it came out. From there on the guest pays for which all this is done: one that has just
 * woken, and otherwise the one that ran. So a guest that wakes often, each time for a moment, pays for the
 * interrupts and for the switches to it, and not the guests that it interrupts.
 */
struct vcpu *schedule_next(void)
{
	struct vcpu *next, *last = scheduler.running;
	u64 now;

	charge_until(time_of_exit(), last, &scheduler.overhead_time);
	stretch_window(last ? last->guest : NULL, NULL);
	wake.needed = scheduler.alarm_came = false;
	scheduler.woken = NULL;
	poll();
	now = timer_now();
	for (u32 i = 0; i < vcpu_count; i++)
		update_runnable(vcpus[i], now);
	next = choose(now);
	if (next == scheduler.running && now >= scheduler.slice_end)
		scheduler.slice_end = now + SLICE_NS;
	if (next)
		give_turn(next, now);
	arm_for(next, now);
	charge_until(timer_now(), scheduler.woken ? scheduler.woken : last,
		     &scheduler.overhead_time);
	if (!next && (vcpu_count || schedule_stays()))
		sleep();
	return next;
}

void schedule_add(struct vcpu *v, struct guest *g)
{
	ASSERT(vcpu_count < VCPUS_MAX);
	v->guest = g;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scheduler on several CPUs: guests run, sleep, wake each other, end and are started again, while a
 * monitor changes their weights, caps and CPUs, and stops all CPUs to look at them. No guest runs on two
 * CPUs at a time, and none is forgotten.
 */
#include "arch/x86/timer.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/interrupts.h"
#include "tests/unit/race_guests.h"

#define CPUS 3u
#define GUESTS 6u
#define GUEST_NAME "guest"
#define DESTRUCTION_STEPS 3u
#define DEVICE_IRQ 5u
#define POLL_NS (20u * NS_PER_MS)
#define TURNS_AT_END 3u
#define TURNS_MIN 100u        /* of each guest, in all */
#define DECISIONS_MAX 300000u /* until each guest has had its turns at the end */

/* As struct domain (hv/domain/domains.h) has them. */
static struct race_guest {
	struct guest guest;
	struct vcpu vcpu;
	struct guest_config config;
	u32 steps_left; /* of its destruction */
	u32 turns;
	bool backlog; /* its next turn sends output */
} guests[GUESTS];

/* Under the machine's lock. */
static u64 next_poll;
static bool is_ending, is_finished;
static u32 turns_before_end[GUESTS], decisions_at_end;
static u32 decisions, commands, stops;

/* -- 1. Guests --------------------------------------------------------------------------------- */

static struct race_guest *of(const struct guest *g)
{
	return (struct race_guest *)((const u8 *)g - offsetof(struct race_guest, guest));
}

static void start_guest(struct race_guest *r)
{
	r->steps_left = DESTRUCTION_STEPS;
	r->vcpu.paused = r->backlog = false;
	race_init_guest(&r->guest, &r->config);
	schedule_add(&r->vcpu, &r->guest);
}

static void start_guests(void)
{
	for (u32 i = 0; i < GUESTS; i++)
		if (!guests[i].vcpu.guest)
			start_guest(&guests[i]);
}

static struct race_guest *any_guest(void)
{
	return &guests[race_random(GUESTS)];
}

/* As device_continue(), for another guest's device. */
static void make_pending(struct race_guest *r)
{
	if (!r->vcpu.guest)
		return;
	r->guest.device_state.pending = true;
	schedule_soon();
}

/* As do_notify() in hv/hypercalls.c. */
static void notify(struct race_guest *r)
{
	bool taken = machine_lock_nested();

	make_pending(any_guest());
	if (!race_random(4)) {
		r->backlog = true;
		schedule_soon();
	}
	machine_unlock_nested(taken);
}

static void halt(struct guest *g)
{
	g->device_state.irqs = 1u << DEVICE_IRQ;
	if (race_random(2))
		clock_set_event(g, race_random(20) * NS_PER_MS + 1);
	g->halted = true;
	schedule_soon();
}

static void act(struct guest *g)
{
	race_step();
	g->shared->irq_enabled = GUEST_IF;
	switch (race_random(128)) {
	case 0 ... 7:
		clock_set_event(g, race_random(20) * NS_PER_MS);
		break;
	case 8 ... 15:
		notify(of(g));
		break;
	case 16 ... 19:
		halt(g);
		break;
	case 20:
		if (!race_random(16))
			guest_end(g, GUEST_SHUT_DOWN, "");
		break;
	}
}

/* -- 2. Turns, as in hv/domain/domain_run.c ---------------------------------------------------- */

static void destroy(struct race_guest *r)
{
	schedule_charge();
	schedule_release(&r->vcpu);
	race_touch(&r->guest);
	if (--r->steps_left)
		return;
	schedule_remove(&r->vcpu);
	schedule_wake_boot_cpu();
}

/* False: the guest has run, without the lock. */
static bool do_turn(struct race_guest *r)
{
	if (r->backlog) {
		r->backlog = false;
	} else if (guest_has_ended(&r->guest)) {
		destroy(r);
	} else if (r->guest.device_state.pending) {
		r->guest.device_state.pending = false;
		interrupts_raise(&r->guest, DEVICE_IRQ);
		race_touch(&r->guest);
	} else {
		race_run_guest(&r->guest, act);
		return false;
	}
	return true;
}

static void turn(struct vcpu *v)
{
	struct race_guest *r = (struct race_guest *)((u8 *)v - offsetof(struct race_guest, vcpu));

	r->turns++;
	if (!do_turn(r))
		return;
	stretch_window(&r->guest, "a turn");
	machine_unlock();
	machine_lock();
}

/* -- 3. The monitor ---------------------------------------------------------------------------- */

static void change(struct vcpu *v)
{
	v->weight = 50 + race_random(350);
	v->cap = race_random(3) ? 0 : 20 + race_random(80);
	v->paused = !race_random(4);
	v->cpus = race_random(1u << CPUS);
	schedule_soon();
}

/* With all guests off the other CPUs, their state can be read and changed. */
static void look_at_all(void)
{
	struct cpu_report report;

	schedule_stop_others();
	for (u32 i = 0; i < GUESTS; i++) {
		race_touch(&guests[i].guest);
		CHECK(guests[i].vcpu.cpu == NO_CPU || guests[i].vcpu.cpu == this_cpu.number ||
		      !guests[i].vcpu.guest);
	}
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		schedule_report_cpu(cpu, &report);
	CHECK(schedule_load_percent() <= 100);
	schedule_resume_others();
	stops++;
}

static void command(void)
{
	commands++;
	change(&any_guest()->vcpu);
	if (!race_random(4))
		schedule_migrate(race_random(2) * race_random(4000));
	if (!race_random(4))
		look_at_all();
}

static void poll(void)
{
	u64 now = timer_now();

	if (now < next_poll)
		return;
	next_poll = now + POLL_NS;
	make_pending(any_guest()); /* a key */
	if (!is_ending)
		command();
}

static u64 deadline(void)
{
	return next_poll;
}

static bool is_active(void)
{
	return true;
}

static const struct poller monitor = {
    .name = "monitor", .poll = poll, .deadline = deadline, .is_active = is_active};

static enum guest_output_state output_of(const struct guest *g)
{
	return of(g)->backlog ? OUTPUT_BACKLOG : OUTPUT_HAS_ROOM;
}

/* -- 4. The end: each guest has some more turns ------------------------------------------------- */

static void begin_end(void)
{
	is_ending = true;
	for (u32 i = 0; i < GUESTS; i++) {
		guests[i].vcpu.paused = false;
		guests[i].vcpu.cap = 0;
		turns_before_end[i] = guests[i].turns;
		make_pending(&guests[i]);
	}
}

static bool all_had_turns(void)
{
	for (u32 i = 0; i < GUESTS; i++)
		if (guests[i].turns < turns_before_end[i] + TURNS_AT_END)
			return false;
	return true;
}

static void look_for_end(void)
{
	if (!is_ending && race_is_over())
		begin_end();
	if (!is_ending || is_finished)
		return;
	CHECK(decisions_at_end++ < DECISIONS_MAX);
	is_finished = all_had_turns();
	if (is_finished)
		race_let_sleep_end(false);
}

/* -- 5. A CPU ---------------------------------------------------------------------------------- */

static void run_cpu(void)
{
	struct vcpu *next;

	race_start_timer();
	machine_lock();
	schedule_join();
	while (!is_finished) {
		if (!this_cpu.number)
			start_guests();
		next = schedule_next();
		decisions++;
		race_step();
		if (next)
			turn(next);
		look_for_end();
	}
	machine_unlock();
}

static void check_counts(void)
{
	u32 dispatches = 0;

	for (u32 i = 0; i < GUESTS; i++) {
		CHECK(guests[i].turns > TURNS_MIN);
		dispatches += guests[i].vcpu.dispatches;
	}
	CHECK(decisions > dispatches && dispatches > TURNS_MIN && commands && stops &&
	      race_device_interrupts);
}

int main(void)
{
	schedule_set_cpus(CPUS);
	schedule_add_poller(&monitor);
	schedule_set_output(output_of);
	for (u32 i = 0; i < GUESTS; i++) {
		guests[i].vcpu.weight = WEIGHT_DEFAULT;
		guests[i].config = (struct guest_config){.name = GUEST_NAME, .number = i};
		race_init_guest(&guests[i].guest, &guests[i].config);
	}
	race_run(CPUS, run_cpu);
	check_counts();
	return race_passed("no guest runs on two CPUs, and each has its turns");
}

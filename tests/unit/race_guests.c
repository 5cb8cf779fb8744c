// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests, time and interrupts of CPUs that are threads: tests/unit/race_guests.h. */
#include "tests/unit/race_guests.h"

#include <string.h>

#include "arch/x86/cpus.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/rtc.h"
#include "arch/x86/speculation.h"
#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/clock.h"
#include "hv/inject.h"
#include "hv/interrupts.h"
#include "hv/stack_load.h"
#include "hv/trace.h"
#include "lib/lock.h"

#define DEVICE_INTERVAL 64u /* windows of the boot CPU */

/* Of each guest: its memory, and the lguest_data in it. */
static struct {
	bool is_inside; /* a CPU executes it; accessed atomically */
	u32 words[GUEST_WORDS];
	struct lguest_data data;
} memories[RACE_GUESTS_MAX];

u32 race_device_interrupts;
static bool is_sent[RACE_CPUS_MAX]; /* the same: a wake for this CPU */
static bool sleep_ends, leaves;     /* the same: race_let_sleep_end */
static PER_CPU u64 alarm;

/* -- 1. The machine ---------------------------------------------------------------------------- */

PER_CPU struct stretch stretch;
PER_CPU u32 run_exits;
struct cpu_pages this_cpu_pages; /* never written: its address stands for "this CPU's" */
struct speculation_barriers speculation_barriers;

void timer_arm(u64 at)
{
	alarm = at;
}

void cpu_send_wake(u32 cpu)
{
	CHECK(cpu < RACE_CPUS_MAX && cpu != this_cpu.number);
	__atomic_store_n(&is_sent[cpu], true, __ATOMIC_RELAXED);
}

/* As serve_shared() in hv/run.c. */
static void device_interrupt(void)
{
	bool taken = machine_lock_nested();

	race_device_interrupts++;
	machine_unlock_nested(taken);
}

/* Takes the interrupts that are pending; false: none was. */
static bool take_interrupts_now(void)
{
	bool any = false;

	if (alarm <= timer_now()) {
		alarm = TIMER_NEVER;
		schedule_alarm_fired(0);
		any = true;
	}
	if (__atomic_exchange_n(&is_sent[this_cpu.number], false, __ATOMIC_RELAXED)) {
		schedule_soon();
		any = true;
	}
	if (!this_cpu.number && !race_random(DEVICE_INTERVAL)) {
		device_interrupt();
		any = true;
	}
	return any;
}

void stretch_window(struct guest *g, const char *cause)
{
	(void)g, (void)cause;
	take_interrupts_now();
}

void stretch_sleep(void)
{
	machine_unlock();
	while (!take_interrupts_now() && !__atomic_load_n(&sleep_ends, __ATOMIC_RELAXED))
		lock_pause();
	if (__atomic_load_n(&leaves, __ATOMIC_RELAXED))
		race_leave();
	machine_lock();
}

void race_let_sleep_end(bool leave)
{
	__atomic_store_n(&leaves, leave, __ATOMIC_RELAXED);
	__atomic_store_n(&sleep_ends, true, __ATOMIC_RELAXED);
}

u64 stretch_ns(void)
{
	return 0;
}

void host_windows_refresh(void) {}

void speculation_barrier(void) {}

void race_start_timer(void)
{
	alarm = TIMER_NEVER;
}

/* -- 2. Calls of hv/clock.c and hv/interrupts.c --------------------------------------------------- */

const char *timer_check(void)
{
	return NULL;
}

u32 rtc_read(void)
{
	return 0;
}

void say(const char *text, ...)
{
	(void)text;
}

void guest_end(struct guest *g, enum guest_state state, const char *reason)
{
	(void)reason;
	if (!guest_has_ended(g))
		g->space.state = state;
}

void guest_kill(struct guest *g, const char *text, ...)
{
	guest_end(g, GUEST_KILLED, text);
}

enum inject_outcome inject(struct guest *g, u32 vector, bool has_error, u32 error)
{
	(void)vector, (void)has_error, (void)error;
	g->shared->irq_enabled = 0;
	return INJECT_DONE;
}

bool stack_was_loaded(struct guest *g)
{
	(void)g;
	return false;
}

void trace_inject(struct guest *g, u32 irq)
{
	(void)g, (void)irq;
}

/* -- 3. The guests ----------------------------------------------------------------------------- */

void race_touch(struct guest *g)
{
	u32 n = g->config->number;

	CHECK(!__atomic_exchange_n(&memories[n].is_inside, true, __ATOMIC_RELAXED));
	memories[n].words[race_random(GUEST_WORDS)]++;
	g->counts.exits++;
	__atomic_store_n(&memories[n].is_inside, false, __ATOMIC_RELAXED);
}

void guest_schedule(struct guest *g, struct cpu_pages *cpu)
{
	CHECK(!g->cpu);
	g->cpu = cpu;
	race_touch(g);
}

void guest_unschedule(struct guest *g)
{
	CHECK(g->cpu);
	g->cpu = NULL;
	race_touch(g);
}

void race_init_guest(struct guest *g, const struct guest_config *config)
{
	CHECK(config->number < RACE_GUESTS_MAX);
	memset(g, 0, sizeof(*g));
	g->config = config;
	g->regs = &g->saved_regs;
	g->shared = &memories[config->number].data;
	g->clock.event = g->clock.limit = TIMER_NEVER;
}

void race_run_guest(struct guest *g, void (*act)(struct guest *g))
{
	CHECK(g->cpu == &this_cpu_pages);
	machine_unlock();
	while (!wake.needed && !guest_has_ended(g)) {
		if (interrupts_need_care(&g->interrupts))
			interrupts_deliver(g);
		race_touch(g);
		take_interrupts_now();
		act(g);
	}
	machine_lock();
}

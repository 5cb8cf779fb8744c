/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. Sleep and wake
 * 2. Taking guests off
 * 3. Time
 */
#include "hv/sched/sched_cpus.h"

#include "arch/x86/cpus.h"
#include "arch/x86/timer.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/guest.h"
#include "hv/run.h"
#include "lib/lock.h"
#include "lib/math64.h"
#include "lib/min_max.h"

#define LOAD_PERIOD_NS (1000u * NS_PER_MS)

struct sched_cpus sched_cpus = {.count = 1, .stopper = NO_CPU};

/* -- 1. Sleep and wake ------------------------------------------------------------------------- */

void schedule_set_cpus(u32 count)
{
	sched_cpus.count = count;
}

u32 schedule_cpus(void)
{
	return sched_cpus.count;
}

bool schedule_has_cpus(u32 cpus)
{
	return cpus & ((1u << sched_cpus.count) - 1);
}

void schedule_join(void)
{
	scheduler.alarm = TIMER_NEVER;
	if (this_cpu.number) /* the boot CPU's time until now is the hypervisor's */
		scheduler.charged_until = timer_now();
	sched_cpus.online |= cpu_bit(this_cpu.number);
}

void sched_wake_cpu(u32 cpu)
{
	sched_cpus.idle &= ~cpu_bit(cpu);
	scheduler_of(cpu)->wakes++;
	cpu_send_wake(cpu);
}

void schedule_wake_boot_cpu(void)
{
	if (this_cpu.number)
		sched_wake_cpu(0);
	else
		schedule_soon();
}

u32 sched_idle_cpu_for(const struct vcpu *v)
{
	u32 cpus = sched_cpus.idle & sched_allowed(v) & ~cpu_bit(this_cpu.number);

	if (!cpus)
		return NO_CPU;
	return cpus & cpu_bit(v->home) ? v->home : (u32)__builtin_ctz(cpus);
}

/* -- 2. Taking guests off ---------------------------------------------------------------------- */

static const char *name_of_running(u32 cpu)
{
	const struct vcpu *v = scheduler_of(cpu)->running;

	return v ? v->guest->config->name : NULL;
}

const char *schedule_current_name(void)
{
	return name_of_running(this_cpu.number);
}

const char *schedule_name_on(u32 cpu)
{
	return name_of_running(cpu);
}

static bool has_guest(u32 cpu)
{
	return scheduler_of(cpu)->running || scheduler_of(cpu)->current;
}

/* The lowest other CPU that runs a guest or holds its state; NO_CPU: none. */
static u32 other_with_guest(void)
{
	for (u32 left = sched_cpus.online & ~cpu_bit(this_cpu.number); left; left &= left - 1)
		if (has_guest(__builtin_ctz(left)))
			return __builtin_ctz(left);
	return NO_CPU;
}

/* A CPU that leaves its guest takes the lock, chooses no guest, and sleeps (hv/sched/schedule.c). */
void schedule_stop_others(void)
{
	u32 cpu, last = NO_CPU;

	ASSERT(sched_cpus.stopper == NO_CPU);
	sched_cpus.stopper = this_cpu.number;
	for (u32 i = 0; i < sched_cpus.count; i++)
		scheduler_of(i)->was_running = name_of_running(i);
	for (u32 looks = 0; (cpu = other_with_guest()) != NO_CPU; looks++) {
		ASSERT(looks < LOCK_LOOKS_MAX);
		if (cpu != last)
			sched_wake_cpu(cpu);
		last = cpu;
		machine_unlock();
		lock_pause();
		machine_lock();
	}
}

/* -- 3. Time ----------------------------------------------------------------------------------- */

/* A sleeping CPU charges its time when it wakes: until then this is its share. */
static u64 idle_time_of(u32 cpu, u64 now)
{
	const struct scheduler *s = scheduler_of(cpu);
	bool sleeps = !s->running && cpu != this_cpu.number && now > s->charged_until;

	return s->idle_time + (sleeps ? now - s->charged_until : 0);
}

void schedule_machine_time(struct machine_time *time)
{
	*time = (struct machine_time){.now = scheduler.charged_until};
	for (u32 left = sched_cpus.online; left; left &= left - 1) {
		u32 cpu = __builtin_ctz(left);

		time->cpus++;
		time->idle += idle_time_of(cpu, time->now);
		time->overhead += scheduler_of(cpu)->overhead_time;
	}
}

void schedule_report_cpu(u32 cpu, struct cpu_report *report)
{
	const struct scheduler *s = scheduler_of(cpu);
	const struct stretch *its = per_cpu_of(cpu, &stretch);

	*report = (struct cpu_report){
	    .guest = sched_cpus.stopper == NO_CPU ? name_of_running(cpu) : s->was_running,
	    .idle = idle_time_of(cpu, scheduler.charged_until),
	    .overhead = s->overhead_time,
	    .turns = s->turns,
	    .exits = *(const u32 *)per_cpu_of(cpu, &run_exits),
	    .wakes = s->wakes,
	    .longest = its->most,
	};
}

static struct {
	u64 since;     /* when the current period began ... */
	u64 idle_then; /* ... and the idle time of all CPUs until then */
	u32 percent;   /* the load of the last complete period */
} load;

static u32 percent(u64 part, u64 whole)
{
	u32 rest;

	for (; whole > UINT32_MAX; whole >>= 1)
		part >>= 1;
	return whole ? divide(part * 100, (u32)whole, &rest) : 0;
}

u32 schedule_load_percent(void)
{
	struct machine_time time;
	u64 passed;

	schedule_machine_time(&time);
	if (time.now < load.since + LOAD_PERIOD_NS)
		return load.percent;
	passed = (time.now - load.since) * time.cpus;
	load.percent = percent(passed - min_u64(time.idle - load.idle_then, passed), passed);
	load.since = time.now;
	load.idle_then = time.idle;
	return load.percent;
}

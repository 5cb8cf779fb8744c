/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/timer.h"

#include "arch/x86/acpi_pm_timer.h"
#include "arch/x86/apic_timer.h"
#include "arch/x86/counter_clock.h"
#include "arch/x86/cpu.h"
#include "arch/x86/hpet.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/pit.h"
#include "arch/x86/tsc_rate.h"
#include "lib/lock.h"
#include "lib/math64.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define NS_SHIFT 22 /* ns = ticks * mult >> 22 */

/* A comparison is made after this time, or after this number of calls: a TSC that hardly counts
 * shows no time. */
#define CHECK_NS (250u * NS_PER_MS)
#define CHECK_CALLS 64u
#define CHECK_TRIES 4u
#define CHECK_DURATION_NS 20000u /* a longer reading of the two counters tells nothing */

enum clock_source { CLOCK_TSC, CLOCK_COUNTER, CLOCK_PIT };

static struct {
	enum clock_source source; /* a CPU may read the time while another one changes it */
	u32 tsc_khz;
	u32 tsc_mult;  /* nanoseconds per tick of the TSC, << NS_SHIFT */
	u64 tsc_start; /* the TSC at time 0 */
	u32 mult;      /* the same as tsc_mult of another source */

	bool has_pit;
	const struct counter *reference; /* the HPET or the PM timer; NULL: none */
	struct counter_clock counter;    /* CLOCK_COUNTER: of the reference ... */
	u64 counter_start;               /* ... whose ticks began at this time */
	u32 horizon_ns;                  /* the clock must be read so often; 0: it need not */

	bool watched; /* the TSC, by the reference */
	struct clock_watch watch;
	u64 checked, agreed; /* times of the last comparison, and of the last that agreed ... */
	u32 agreed_count;    /* ... and the reference then */
	u32 calls;           /* since the last comparison */

	const struct alarm_device *alarm;
} timer;

/* Guards the counters that extend the HPET, the PM timer and the 8254: each reading changes them. */
static struct lock counter_lock = LOCK_OF_RANK(LOCK_CLOCK);

/* ticks * mult >> NS_SHIFT, in 96 bits. */
static u64 scale(u64 ticks, u32 mult)
{
	u64 low = (u64)(u32)ticks * mult, high = (ticks >> 32) * mult;

	return (high << (32 - NS_SHIFT)) + (low >> NS_SHIFT);
}

static u32 mult_for(u32 hz)
{
	u32 rest;

	return divide((u64)NS_PER_SECOND << NS_SHIFT, hz, &rest);
}

/* -- 1. The clock ------------------------------------------------------------------------------ */

static u64 tsc_ns(u64 tsc)
{
	return scale(tsc - timer.tsc_start, timer.tsc_mult);
}

static u64 counter_ns(void)
{
	u64 now;

	lock_take(&counter_lock);
	if (timer.source == CLOCK_PIT)
		now = scale(pit_clock_ticks(), timer.mult);
	else
		now = timer.counter_start +
		      scale(counter_clock_now(&timer.counter, timer.reference->read()), timer.mult);
	lock_release(&counter_lock);
	return now;
}

u64 timer_now(void)
{
	if (__builtin_expect(__atomic_load_n(&timer.source, __ATOMIC_ACQUIRE) == CLOCK_TSC, 1))
		return tsc_ns(read_tsc());
	return counter_ns();
}

static void start_tsc_clock(void)
{
	u32 rest;

	timer.source = CLOCK_TSC;
	timer.tsc_mult = divide((u64)NS_PER_MS << NS_SHIFT, timer.tsc_khz, &rest);
	timer.tsc_start = read_tsc();
}

/* At `count` the time is `now`. */
static void start_counter_clock(u64 now, u32 count)
{
	const struct counter *reference = timer.reference;
	u32 rest;

	counter_clock_start(&timer.counter, reference->mask, count);
	timer.counter_start = now;
	timer.mult = mult_for(reference->hz);
	/* Half of a round, but not more than the alarm's own times. */
	timer.horizon_ns =
	    reference->mask / 2 / reference->hz
		? NS_PER_SECOND
		: divide((u64)reference->mask / 2 * NS_PER_SECOND, reference->hz, &rest);
	__atomic_store_n(&timer.source, CLOCK_COUNTER, __ATOMIC_RELEASE);
}

static void start_pit_clock(void)
{
	timer.source = CLOCK_PIT;
	timer.mult = mult_for(PIT_HZ);
	timer.horizon_ns = PIT_CLOCK_HORIZON_NS;
}

/* -- 2. The TSC is compared -------------------------------------------------------------------- */

static void note_agreement(u64 now, u32 count)
{
	timer.agreed = now;
	timer.agreed_count = count;
}

static void start_watch(void)
{
	struct tsc_sample s = tsc_take_sample(timer.reference);

	timer.watched = true;
	timer.checked = tsc_ns(s.tsc);
	note_agreement(timer.checked, s.count);
	clock_watch_start(&timer.watch, timer.reference->hz, timer.reference->mask, timer.checked,
			  s.count);
}

/* False if each reading took so long that the two are not of one moment. */
static bool take_check_sample(struct tsc_sample *s)
{
	for (u32 i = 0; i < CHECK_TRIES; i++) {
		*s = tsc_take_one_sample(timer.reference);
		if (scale(s->duration, timer.tsc_mult) <= CHECK_DURATION_NS)
			return true;
	}
	return false;
}

/* The time since the last agreement is the reference's. The clock does not go back. */
static void leave_tsc(u64 now, u32 count)
{
	u32 ticks = (count - timer.agreed_count) & timer.reference->mask;
	u64 real = timer.agreed + scale(ticks, mult_for(timer.reference->hz));

	timer.watched = false;
	start_counter_clock(real > now ? real : now, count);
}

const char *timer_leave_tsc(void)
{
	if (timer.source == CLOCK_TSC && timer.reference) {
		timer.watched = false;
		start_counter_clock(timer_now(), timer.reference->read());
	}
	return timer.source == CLOCK_TSC ? NULL : timer_clock_name();
}

COLD const char *timer_check(void)
{
	struct tsc_sample s;
	u64 now;

	if (!timer.watched)
		return NULL;
	now = timer_now();
	if (now - timer.checked < CHECK_NS && ++timer.calls < CHECK_CALLS)
		return NULL;
	timer.checked = now;
	timer.calls = 0;
	if (!take_check_sample(&s))
		return NULL;
	now = tsc_ns(s.tsc);
	if (clock_watch_compare(&timer.watch, now, s.count) == CLOCK_DIFFERS) {
		leave_tsc(timer_now(), s.count);
		return timer.reference->name;
	}
	note_agreement(now, s.count);
	return NULL;
}

/* -- 3. The alarm ------------------------------------------------------------------------------ */

static const struct alarm_device *const alarms[] = {&apic_alarm, &pit_alarm, &hpet_alarm};

const struct alarm_device *timer_alarm(u32 n)
{
	return n < ARRAY_SIZE(alarms) ? alarms[n] : NULL;
}

bool timer_use_alarm(u32 n)
{
	if (timer.alarm)
		timer.alarm->release();
	timer.alarm = NULL;
	if (!alarms[n]->start())
		return false;
	timer.alarm = alarms[n];
	timer_arm(TIMER_NEVER);
	return true;
}

bool timer_start_on_this_cpu(void)
{
	return apic_alarm.start();
}

void timer_arm(u64 at)
{
	const struct alarm_device *alarm = this_cpu.number ? &apic_alarm : timer.alarm;
	u32 horizon = this_cpu.number ? 0 : timer.horizon_ns; /* the boot CPU reads the clock */
	u32 most = alarm->longest_ns;
	u64 now;

	if (at == TIMER_NEVER && !horizon) {
		alarm->stop();
		return;
	}
	if (horizon)
		most = min_u32(most, horizon);
	now = timer_now();
	if (at <= now)
		alarm->arm(1);
	else
		alarm->arm(at - now > most ? most : (u32)(at - now));
}

/* -- 4. Start ---------------------------------------------------------------------------------- */

/* By the fastest counter that can be used to measure it, which takes the least time. */
static u32 measure_tsc(const struct counter *const *counters, u32 count)
{
	u32 khz = 0;

	for (u32 i = 0; i < count && !khz; i++)
		if (counters[i])
			khz = tsc_measure_khz(counters[i]);
	return khz ? khz : tsc_measure_khz_by_rtc();
}

static void start_clock(void)
{
	if (timer.tsc_khz) {
		start_tsc_clock();
		if (!cpu_features.tsc_constant && timer.reference)
			start_watch();
	} else if (timer.reference) {
		start_counter_clock(0, timer.reference->read());
	} else if (timer.has_pit && pit_start_clock()) {
		start_pit_clock();
	} else {
		panic("there is no clock: tried the TSC, the HPET, the ACPI PM timer and the "
		      "interval timer (8254)");
	}
}

COLD void timer_init(const struct acpi_devices *devices)
{
	const struct counter *hpet = hpet_init(devices->hpet), *pm = pm_timer_init(devices);
	const struct counter *counters[] = {hpet, pm, NULL};

	memset(&timer, 0, sizeof(timer));
	timer.has_pit = pit_init();
	if (timer.has_pit)
		counters[2] = &pit_counter;
	timer.reference = hpet ? hpet : pm;
	if (cpu_features.tsc)
		timer.tsc_khz = measure_tsc(counters, ARRAY_SIZE(counters));
	start_clock();
	if (timer.has_pit)
		pit_alarm.stop();
}

/* -- 5. Queries -------------------------------------------------------------------------------- */

u32 timer_constant_tsc_khz(void)
{
	return cpu_features.tsc_constant ? timer.tsc_khz : 0;
}

u32 timer_tsc_khz(void)
{
	return timer.tsc_khz;
}

const char *timer_clock_name(void)
{
	if (timer.source == CLOCK_TSC)
		return "the TSC";
	return timer.source == CLOCK_PIT ? pit_counter.name : timer.reference->name;
}

const char *timer_check_name(void)
{
	return timer.watched ? timer.reference->name : NULL;
}

const char *timer_alarm_name(void)
{
	return timer.alarm ? timer.alarm->name : "none";
}

u32 timer_sample(void)
{
	u32 sample = pit_sample();

	if (timer.reference)
		sample ^= timer.reference->read() << 4;
	if (cpu_features.tsc)
		sample ^= (u32)read_tsc() << 8; /* the fastest bits of the two do not overlap */
	return sample;
}

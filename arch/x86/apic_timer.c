/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/apic_timer.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/msr.h"
#include "arch/x86/timer.h"
#include "lib/math64.h"
#include "lib/string.h"

#define MEASURED_NS (2 * NS_PER_MS)
#define LOOKS_MOST 1000000u
#define SAMPLES 8
#define LEAST_NS 1000u /* "at once": the guest gets on by some instructions */
#define MARGIN_SHIFT 14

#define AMD_FAMILY 0xF /* and all later ones, by their extended family */
#define C1E_BITS (3u << 27)

/* Buses from 244 kHz to 63 GHz. */
#define RATE_LEAST (1u << (APIC_TIMER_RATE_SHIFT - 12))
#define RATE_MOST (63u << APIC_TIMER_RATE_SHIFT)

static u32 rate;

/* -- 1. Arithmetic ---------------------------------------------------------------------------- */

u32 apic_timer_rate(u32 ticks, u64 ns)
{
	u32 rest;
	u64 found = ns && ns <= UINT32_MAX
			? divide((u64)ticks << APIC_TIMER_RATE_SHIFT, (u32)ns, &rest)
			: 0;

	return found >= RATE_LEAST && found <= RATE_MOST ? found : 0;
}

u32 apic_timer_ticks(u32 ns, u32 ticks_per_ns)
{
	u64 ticks = (u64)ns * ticks_per_ns >> APIC_TIMER_RATE_SHIFT;

	ticks += (ticks >> MARGIN_SHIFT) + 1;
	return ticks <= UINT32_MAX ? ticks : UINT32_MAX;
}

/* -- 2. The rate ------------------------------------------------------------------------------ */

/* A reading of the clock and the counter, and how far apart in time the two may be. */
struct sample {
	u64 time;
	u32 duration, count;
};

static struct sample sample_once(void)
{
	struct sample s;
	u64 before = timer_now();

	s.count = apic_timer_count();
	s.duration = timer_now() - before;
	s.time = before + s.duration / 2;
	return s;
}

static struct sample take_sample(void)
{
	struct sample best = sample_once();

	for (u32 i = 1; i < SAMPLES; i++) {
		struct sample s = sample_once();

		if (s.duration < best.duration)
			best = s;
	}
	return best;
}

/* The number of looks is bounded, since the clock may stand still. A count of 0 is none: the timer
 * stops there. */
static u32 measure(void)
{
	struct sample first, last;

	apic_timer_start(UINT32_MAX);
	first = take_sample();
	for (u32 i = 0; i < LOOKS_MOST && timer_now() < first.time + MEASURED_NS; i++)
		;
	last = take_sample();
	apic_timer_start(0);
	return last.count ? apic_timer_rate(first.count - last.count, last.time - first.time) : 0;
}

/* -- 3. The alarm ----------------------------------------------------------------------------- */

/* In C1E, which HLT enters if the firmware has set either bit, the timer stands still (AMD, revision
 * guides of families 0F to 11, erratum 400). */
static bool stops_in_sleep(void)
{
	u32 low;

	return cpu_features.msr && !strcmp(cpu_features.vendor, "AuthenticAMD") &&
	       cpu_features.family == AMD_FAMILY && try_read_msr(MSR_INTERRUPT_PENDING, &low) &&
	       (low & C1E_BITS);
}

static bool start_alarm(void)
{
	if (!apic_is_on() || stops_in_sleep())
		return false;
	if (!rate) /* one for all CPUs */
		rate = measure();
	if (rate) {
		apic_timer_unmask();
		apic_open();
	}
	return rate;
}

static void arm_alarm(u32 ns)
{
	apic_timer_start(apic_timer_ticks(ns > LEAST_NS ? ns : LEAST_NS, rate));
}

static void stop_alarm(void)
{
	apic_timer_start(0);
}

static void release_alarm(void)
{
	apic_timer_start(0);
	apic_timer_mask();
}

/* Where the bus has a GHz, the counter lasts for 4 seconds. */
const struct alarm_device apic_alarm = {
    .word = "apic",
    .name = "the local APIC's timer",
    .start = start_alarm,
    .arm = arm_alarm,
    .stop = stop_alarm,
    .release = release_alarm,
    .longest_ns = NS_PER_SECOND,
};

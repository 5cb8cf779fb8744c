/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8254 (datasheet: "Mode definitions"), and the time-stamp counter (SDM vol. 3, 17.17). */
#include "arch/x86/timer.h"

#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "lib/math64.h"
#include "lib/panic.h"

#define PIT_HZ 1193182u
#define PIT_CHANNEL_0 0x40
#define PIT_CHANNEL_2 0x42
#define PIT_CONTROL 0x43
#define PIT_ONE_SHOT_0 0x30 /* channel 0, both bytes, mode 0: interrupt on terminal count */
#define PIT_ONE_SHOT_2 0xB0
#define PIT_LATCH_0 0x00
#define PIT_LATCH_2 0x80
#define SPEAKER_PORT 0x61 /* also the gate and output of channel 2 */
#define SPEAKER_GATE_2 0x01
#define SPEAKER_DATA 0x02
#define SPEAKER_OUT_2 0x20

/* The counter's 16 bits last 54.9 ms. Where they are the clock, be sure to look often enough even if
 * an alarm is served late. */
#define ALARM_MAX_NS (50u * NS_PER_MS)
#define ALARM_MAX_NS_WITHOUT_TSC (25u * NS_PER_MS)
#define CALIBRATION_TICKS (PIT_HZ * 15 / 1000) /* 15 ms */
#define CALIBRATION_SAMPLES 8
#define CALIBRATION_TRIES 5
#define PIT_PATIENCE 100000u /* looks at a counter that should count; each takes microseconds */

#define NS_SHIFT 22 /* ns = ticks * mult >> 22 */
#define PIT_MULT ((u32)(((u64)NS_PER_SECOND << NS_SHIFT) / PIT_HZ))

static struct {
	u32 tsc_khz;
	u32 mult;        /* nanoseconds per TSC tick, << NS_SHIFT */
	u64 tsc_start;   /* the TSC at time 0 */
	u64 pit_ticks;   /* without a TSC: ticks counted until the last look ... */
	u16 pit_counter; /* ... at the counter, and what it showed */
} timer;

/* ticks * mult >> NS_SHIFT, in 96 bits. */
static u64 scale(u64 ticks, u32 mult)
{
	u64 low = (u64)(u32)ticks * mult, high = (ticks >> 32) * mult;

	return (high << (32 - NS_SHIFT)) + (low >> NS_SHIFT);
}

/* The TSC and channel 2's counter at the same moment, and how far apart the two may be. */
struct sample {
	u64 tsc;
	u32 window; /* TSC ticks that the reading took */
	u16 counter;
};

static struct sample sample_once(void)
{
	struct sample s;
	u64 before = read_tsc();
	u8 low;

	outb(PIT_CONTROL, PIT_LATCH_2);
	low = inb(PIT_CHANNEL_2);
	s.counter = low | inb(PIT_CHANNEL_2) << 8;
	s.window = read_tsc() - before;
	s.tsc = before + s.window / 2;
	return s;
}

/* Whatever disturbs a reading makes it longer: the shortest of some is the truest. */
static struct sample take_sample(void)
{
	struct sample best = sample_once();

	for (u32 i = 1; i < CALIBRATION_SAMPLES; i++) {
		struct sample s = sample_once();

		if (s.window < best.window)
			best = s;
	}
	return best;
}

/* False if the counter does not count, or if we were held up for so long that it came round. */
static bool measure_tsc_once(u32 *khz)
{
	struct sample first, last;
	u32 ticks = 0, rest;

	outb(SPEAKER_PORT, (inb(SPEAKER_PORT) & ~SPEAKER_DATA) | SPEAKER_GATE_2);
	outb(PIT_CONTROL, PIT_ONE_SHOT_2);
	outb(PIT_CHANNEL_2, 0xFF);
	outb(PIT_CHANNEL_2, 0xFF);
	first = take_sample();
	for (u32 i = 0; i < PIT_PATIENCE && ticks < CALIBRATION_TICKS; i++) {
		last = take_sample();
		ticks = first.counter - last.counter;
	}
	if (ticks < CALIBRATION_TICKS || (inb(SPEAKER_PORT) & SPEAKER_OUT_2))
		return false;
	*khz = divide((last.tsc - first.tsc) * PIT_HZ, ticks * 1000u, &rest);
	return true;
}

static u32 measure_tsc_khz(void)
{
	u32 khz = 0;

	for (u32 i = 0; i < CALIBRATION_TRIES; i++)
		if (measure_tsc_once(&khz))
			break;
	return khz;
}

static u16 pit_counter(void)
{
	u8 low;

	outb(PIT_CONTROL, PIT_LATCH_0);
	low = inb(PIT_CHANNEL_0);
	return low | inb(PIT_CHANNEL_0) << 8;
}

/* Without a TSC: ticks since start-up. The counter goes on counting down, and round, after its end;
 * whoever looks at least every 54.9 ms misses nothing. */
static u64 pit_now(void)
{
	u16 counter = pit_counter();

	timer.pit_ticks += (u16)(timer.pit_counter - counter);
	timer.pit_counter = counter;
	return timer.pit_ticks;
}

static void pit_load(u16 ticks)
{
	if (!timer.tsc_khz)
		pit_now();
	outb(PIT_CONTROL, PIT_ONE_SHOT_0);
	outb(PIT_CHANNEL_0, ticks & 0xFF);
	outb(PIT_CHANNEL_0, ticks >> 8);
	timer.pit_counter = ticks;
}

static u16 pit_ticks_for(u32 ns)
{
	u32 rest;

	return divide((u64)ns * PIT_HZ, NS_PER_SECOND, &rest) + 1;
}

/* Nothing works without the alarm: better to say so than to hang. */
static void check_pit(void)
{
	u16 before = pit_counter();

	for (u32 i = 0; i < PIT_PATIENCE; i++)
		if (pit_counter() != before)
			return;
	panic("the interval timer (8254) does not count");
}

void timer_init(void)
{
	u32 rest;

	pit_load(UINT16_MAX); /* until now it counted for the firmware */
	check_pit();
	if (cpu_features.tsc)
		timer.tsc_khz = measure_tsc_khz();
	if (timer.tsc_khz) {
		timer.mult = divide((u64)NS_PER_MS << NS_SHIFT, timer.tsc_khz, &rest);
		timer.tsc_start = read_tsc();
	}
	timer.pit_ticks = 0;
	timer_arm(TIMER_NEVER);
}

u64 timer_now(void)
{
	if (timer.tsc_khz)
		return scale(read_tsc() - timer.tsc_start, timer.mult);
	return scale(pit_now(), PIT_MULT);
}

void timer_arm(u64 at)
{
	u32 most = timer.tsc_khz ? ALARM_MAX_NS : ALARM_MAX_NS_WITHOUT_TSC;
	u64 now;

	if (at == TIMER_NEVER && timer.tsc_khz) {
		outb(PIT_CONTROL, PIT_ONE_SHOT_0); /* no count, no interrupt */
		return;
	}
	now = timer_now();
	if (at <= now)
		pit_load(1);
	else if (at - now > most)
		pit_load(pit_ticks_for(most));
	else
		pit_load(pit_ticks_for(at - now));
}

u32 timer_constant_tsc_khz(void)
{
	return cpu_features.tsc_constant ? timer.tsc_khz : 0;
}

u32 timer_tsc_khz(void)
{
	return timer.tsc_khz;
}

u32 timer_sample(void)
{
	u32 sample = pit_counter();

	if (cpu_features.tsc)
		sample ^= (u32)read_tsc() << 8; /* where both change fastest, apart */
	return sample;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8254 (datasheet: "Mode definitions"), and the time-stamp counter (SDM vol. 3, 17.17). */
#include "arch/x86/timer.h"

#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "arch/x86/pit_clock.h"
#include "lib/math64.h"
#include "lib/panic.h"

#define PIT_HZ 1193182u
#define PIT_DATA 0x40 /* of channel 0; the others follow */
#define PIT_CONTROL 0x43
#define PIT_CHANNEL_SHIFT 6 /* in a control word; a word of no other bits latches the counter */
#define PIT_ONE_SHOT 0x30   /* both bytes, mode 0: interrupt on terminal count */
#define PIT_ROUND 0x34      /* both bytes, mode 2: rate generator, which starts again at each end */
#define PIT_READ_BACK_OUT 0xE0 /* and a bit for the channel: latches its output (8254 only) */
#define PIT_STATUS_OUT 0x80
#define SPEAKER_PORT 0x61 /* also the gate and output of channel 2 */
#define SPEAKER_GATE_2 0x01
#define SPEAKER_DATA 0x02
#define SPEAKER_OUT_2 0x20

/* The counter's 16 bits last 54.9 ms. */
#define ALARM_MAX_NS (50u * NS_PER_MS)
#define CALIBRATION_TICKS (PIT_HZ * 15 / 1000) /* 15 ms */
#define CALIBRATION_SAMPLES 8
#define CALIBRATION_TRIES 5
#define COUNT_PATIENCE 10000u /* looks until a counter must have changed */
#define PIT_PATIENCE 100000u /* looks, of microseconds each, until CALIBRATION_TICKS must be over */
#define LOOK_TRIES 16

#define NS_SHIFT 22 /* ns = ticks * mult >> 22 */
#define PIT_MULT ((u32)(((u64)NS_PER_SECOND << NS_SHIFT) / PIT_HZ))

enum channel { CHANNEL_ALARM = 0, CHANNEL_FREE = 2 };

static struct {
	u32 tsc_khz;
	u32 mult;      /* nanoseconds per TSC tick, << NS_SHIFT */
	u64 tsc_start; /* the TSC at time 0 */
	bool has_free_channel;
	struct pit_clock pit; /* without a TSC */
} timer;

/* ticks * mult >> NS_SHIFT, in 96 bits. */
static u64 scale(u64 ticks, u32 mult)
{
	u64 low = (u64)(u32)ticks * mult, high = (ticks >> 32) * mult;

	return (high << (32 - NS_SHIFT)) + (low >> NS_SHIFT);
}

/* -- 1. The 8254 ------------------------------------------------------------------------------ */

static u16 read_counter(enum channel channel)
{
	u8 low;

	outb(PIT_CONTROL, channel << PIT_CHANNEL_SHIFT);
	low = inb(PIT_DATA + channel);
	return low | inb(PIT_DATA + channel) << 8;
}

static void load(enum channel channel, u8 mode, u16 ticks)
{
	outb(PIT_CONTROL, channel << PIT_CHANNEL_SHIFT | mode);
	outb(PIT_DATA + channel, ticks & 0xFF);
	outb(PIT_DATA + channel, ticks >> 8);
}

static bool counts(enum channel channel)
{
	u16 before = read_counter(channel);

	for (u32 i = 0; i < COUNT_PATIENCE; i++)
		if (read_counter(channel) != before)
			return true;
	return false;
}

/* Opens channel 2's gate, which a PC without a speaker may leave closed, and starts it. */
static bool open_free_channel(void)
{
	outb(SPEAKER_PORT, (inb(SPEAKER_PORT) & ~SPEAKER_DATA) | SPEAKER_GATE_2);
	load(CHANNEL_FREE, PIT_ROUND, PIT_CLOCK_PERIOD);
	return counts(CHANNEL_FREE);
}

/* True if a one-shot has ended. */
static bool has_run_out(enum channel channel)
{
	if (channel == CHANNEL_FREE)
		return inb(SPEAKER_PORT) & SPEAKER_OUT_2;
	outb(PIT_CONTROL, PIT_READ_BACK_OUT | 2 << channel);
	return inb(PIT_DATA + channel) & PIT_STATUS_OUT;
}

/* -- 2. How fast the TSC is ------------------------------------------------------------------- */

/* A reading of the TSC and a counter, and how far apart in time the two may be. */
struct sample {
	u64 tsc;
	u32 duration; /* TSC ticks that the reading took */
	u16 counter;
};

static struct sample sample_once(enum channel channel)
{
	struct sample s;
	u64 before = read_tsc();

	s.counter = read_counter(channel);
	s.duration = read_tsc() - before;
	s.tsc = before + s.duration / 2;
	return s;
}

/* A disturbance makes a reading longer, so the shortest of some is the most exact. */
static struct sample take_sample(enum channel channel)
{
	struct sample best = sample_once(channel);

	for (u32 i = 1; i < CALIBRATION_SAMPLES; i++) {
		struct sample s = sample_once(channel);

		if (s.duration < best.duration)
			best = s;
	}
	return best;
}

/* False if the counting took so long that the counter wrapped around. */
static bool measure_tsc_once(enum channel channel, u32 *khz)
{
	struct sample first, last;
	u32 ticks = 0, rest;

	load(channel, PIT_ONE_SHOT, UINT16_MAX);
	first = take_sample(channel);
	for (u32 i = 0; i < PIT_PATIENCE && ticks < CALIBRATION_TICKS; i++) {
		last = take_sample(channel);
		ticks = first.counter - last.counter;
	}
	if (ticks < CALIBRATION_TICKS || has_run_out(channel))
		return false;
	*khz = divide((last.tsc - first.tsc) * PIT_HZ, ticks * 1000u, &rest);
	return true;
}

/* Returns channel 2, unless the port that shows its output is missing: the output of a one-shot
 * must begin low. */
static enum channel channel_to_measure_by(void)
{
	load(CHANNEL_FREE, PIT_ONE_SHOT, UINT16_MAX);
	return timer.has_free_channel && !has_run_out(CHANNEL_FREE) ? CHANNEL_FREE : CHANNEL_ALARM;
}

static u32 measure_tsc_khz(void)
{
	enum channel channel = channel_to_measure_by();
	u32 khz = 0;

	for (u32 i = 0; i < CALIBRATION_TRIES; i++)
		if (measure_tsc_once(channel, &khz))
			break;
	return khz;
}

/* -- 3. The clock without a TSC --------------------------------------------------------------- */

static struct pit_look look_once(void)
{
	return (struct pit_look){
	    .before = read_counter(CHANNEL_ALARM),
	    .witness = read_counter(CHANNEL_FREE),
	    .after = read_counter(CHANNEL_ALARM),
	};
}

static struct pit_look take_look(void)
{
	struct pit_look look = look_once();

	for (u32 i = 1; i < LOOK_TRIES && !pit_look_is_good(&look); i++)
		look = look_once();
	return look;
}

static u64 pit_now(void)
{
	struct pit_look now = take_look();

	return pit_clock_now(&timer.pit, &now);
}

/* -- 4. Clock and alarm ----------------------------------------------------------------------- */

/* Without a TSC, to be called right after a reading of the clock. */
static void load_alarm(u16 ticks)
{
	for (u32 i = 0; i < LOOK_TRIES; i++) {
		load(CHANNEL_ALARM, PIT_ONE_SHOT, ticks);
		if (timer.tsc_khz ||
		    pit_clock_loaded(&timer.pit, ticks, read_counter(CHANNEL_FREE)))
			return;
	}
}

static u16 pit_ticks_for(u32 ns)
{
	u32 rest;

	return divide((u64)ns * PIT_HZ, NS_PER_SECOND, &rest) + 1;
}

static void start_tsc_clock(void)
{
	u32 rest;

	timer.mult = divide((u64)NS_PER_MS << NS_SHIFT, timer.tsc_khz, &rest);
	timer.tsc_start = read_tsc();
}

static void start_pit_clock(void)
{
	struct pit_look first;

	if (!timer.has_free_channel)
		panic(
		    "the CPU has no time-stamp counter, and the interval timer's (8254) channel 2 "
		    "does not count: there is no clock");
	load(CHANNEL_FREE, PIT_ROUND, PIT_CLOCK_PERIOD);
	load(CHANNEL_ALARM, PIT_ONE_SHOT, UINT16_MAX);
	counts(CHANNEL_FREE); /* it takes a tick until a counter is loaded */
	first = take_look();
	pit_clock_start(&timer.pit, &first);
}

void timer_init(void)
{
	/* Until now it has counted for the firmware. Without it, the first halt would last for
	 * ever. */
	load(CHANNEL_ALARM, PIT_ONE_SHOT, UINT16_MAX);
	if (!counts(CHANNEL_ALARM))
		panic("the interval timer (8254) does not count (in QEMU without pit=off)");
	timer.has_free_channel = open_free_channel();
	if (cpu_features.tsc)
		timer.tsc_khz = measure_tsc_khz();
	if (timer.tsc_khz)
		start_tsc_clock();
	else
		start_pit_clock();
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
	u64 now;

	/* A control word without a count stops the counter, and there is no interrupt. */
	if (at == TIMER_NEVER && timer.tsc_khz) {
		outb(PIT_CONTROL, CHANNEL_ALARM << PIT_CHANNEL_SHIFT | PIT_ONE_SHOT);
		return;
	}
	now = timer_now();
	if (at <= now)
		load_alarm(1);
	else if (at - now > ALARM_MAX_NS)
		load_alarm(pit_ticks_for(ALARM_MAX_NS));
	else
		load_alarm(pit_ticks_for(at - now));
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
	u32 sample = read_counter(CHANNEL_ALARM);

	if (cpu_features.tsc)
		sample ^= (u32)read_tsc() << 8; /* the fastest bits of the two do not overlap */
	return sample;
}

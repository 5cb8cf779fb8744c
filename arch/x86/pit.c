/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 8254 (datasheet: "Mode definitions"). */
#include "arch/x86/pit.h"

#include "arch/x86/io.h"
#include "arch/x86/irq.h"
#include "arch/x86/pit_clock.h"
#include "lib/math64.h"
#include "lib/time.h"

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

#define ALARM_MAX_NS 50000000u /* the counter's 16 bits last 54.9 ms */
#define COUNT_PATIENCE 10000u  /* looks until a counter must have changed */
#define LOOK_TRIES 16

enum channel { CHANNEL_ALARM = 0, CHANNEL_FREE = 2 };

static struct {
	bool present;
	bool has_free_channel;
	enum channel measured; /* by pit_counter */
	bool is_clock;
	struct pit_clock clock;
} pit;

/* -- 1. The counters -------------------------------------------------------------------------- */

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

bool pit_init(void)
{
	load(CHANNEL_ALARM, PIT_ONE_SHOT, UINT16_MAX);
	pit.present = counts(CHANNEL_ALARM);
	pit.has_free_channel = pit.present && open_free_channel();
	return pit.present;
}

u16 pit_sample(void)
{
	return pit.present ? read_counter(CHANNEL_ALARM) : 0;
}

/* -- 2. A measurement ------------------------------------------------------------------------- */

/* True if a one-shot has ended. */
static bool has_run_out(enum channel channel)
{
	if (channel == CHANNEL_FREE)
		return inb(SPEAKER_PORT) & SPEAKER_OUT_2;
	outb(PIT_CONTROL, PIT_READ_BACK_OUT | 2 << channel);
	return inb(PIT_DATA + channel) & PIT_STATUS_OUT;
}

/* Returns channel 2, unless the port that shows its output is missing: the output of a one-shot
 * must begin low. */
static enum channel channel_to_measure_by(void)
{
	load(CHANNEL_FREE, PIT_ONE_SHOT, UINT16_MAX);
	return pit.has_free_channel && !has_run_out(CHANNEL_FREE) ? CHANNEL_FREE : CHANNEL_ALARM;
}

static void begin_measurement(void)
{
	pit.measured = channel_to_measure_by();
	load(pit.measured, PIT_ONE_SHOT, UINT16_MAX);
}

static bool measurement_has_wrapped(void)
{
	return has_run_out(pit.measured);
}

static u32 read_measurement(void)
{
	return (u16)-read_counter(pit.measured);
}

const struct counter pit_counter = {
    .name = "the interval timer (8254)",
    .hz = PIT_HZ,
    .mask = UINT16_MAX,
    .read = read_measurement,
    .begin = begin_measurement,
    .has_wrapped = measurement_has_wrapped,
};

/* -- 3. The clock ----------------------------------------------------------------------------- */

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

bool pit_start_clock(void)
{
	struct pit_look first;

	if (!pit.has_free_channel)
		return false;
	load(CHANNEL_FREE, PIT_ROUND, PIT_CLOCK_PERIOD);
	load(CHANNEL_ALARM, PIT_ONE_SHOT, UINT16_MAX);
	counts(CHANNEL_FREE); /* it takes a tick until a counter is loaded */
	first = take_look();
	pit_clock_start(&pit.clock, &first);
	pit.is_clock = true;
	return true;
}

u64 pit_clock_ticks(void)
{
	struct pit_look now = take_look();

	return pit_clock_now(&pit.clock, &now);
}

/* -- 4. The alarm ----------------------------------------------------------------------------- */

static void load_alarm(u16 ticks)
{
	for (u32 i = 0; i < LOOK_TRIES; i++) {
		load(CHANNEL_ALARM, PIT_ONE_SHOT, ticks);
		if (!pit.is_clock ||
		    pit_clock_loaded(&pit.clock, ticks, read_counter(CHANNEL_FREE)))
			return;
	}
}

static u16 ticks_for(u32 ns)
{
	u32 rest;

	return divide((u64)ns * PIT_HZ, NS_PER_SECOND, &rest) + 1;
}

static bool start_alarm(void)
{
	if (pit.present)
		irq_unmask(IRQ_TIMER);
	return pit.present;
}

static void arm_alarm(u32 ns)
{
	load_alarm(ticks_for(ns));
}

/* A control word without a count stops the counter, and there is no interrupt. The clock needs the
 * count: its channel is loaded with the longest time. */
static void stop_alarm(void)
{
	if (pit.is_clock)
		load_alarm(UINT16_MAX);
	else
		outb(PIT_CONTROL, CHANNEL_ALARM << PIT_CHANNEL_SHIFT | PIT_ONE_SHOT);
}

static void release_alarm(void)
{
	irq_mask(IRQ_TIMER);
}

const struct alarm_device pit_alarm = {
    .word = "pit",
    .name = "the interval timer (8254)",
    .start = start_alarm,
    .arm = arm_alarm,
    .stop = stop_alarm,
    .release = release_alarm,
    .longest_ns = ALARM_MAX_NS,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IA-PC HPET specification 1.0a, 2.3. Only the lower half of the main counter is used: at 100 MHz
 * it lasts for 43 seconds; at 1 GHz, the most that is accepted, for 4.3.
 */
#include "arch/x86/hpet.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/irq.h"
#include "lib/math64.h"
#include "lib/time.h"

#define CAPABILITIES 0x000
#define CAN_REPLACE_LEGACY (1u << 15)
#define LAST_TIMER_SHIFT 8
#define LAST_TIMER 0x1Fu
#define PERIOD 0x004 /* of the counter, in femtoseconds */
#define PERIOD_MOST 100000000u
#define PERIOD_LEAST 1000000u /* the specification has no limit: a GHz */
#define CONFIGURATION 0x010
#define CONFIGURATION_ENABLE (1u << 0)
#define CONFIGURATION_REPLACE_LEGACY (1u << 1)
#define INTERRUPT_STATUS 0x020
#define COUNTER 0x0F0
#define COUNTER_HIGH 0x0F4
#define TIMER_CONFIGURATION(n) (0x100 + (n)*0x20)
#define TIMER_LEVEL (1u << 1)
#define TIMER_INTERRUPT (1u << 2)
#define TIMER_PERIODIC (1u << 3)
#define TIMER_32_BITS (1u << 8)
#define TIMER_ROUTE (0x1Fu << 9)
#define TIMER_MESSAGES (1u << 14)
#define TIMER_COMPARATOR(n) (0x108 + (n)*0x20)

#define FEMTOSECONDS_PER_SECOND 1000000000000000ull
#define COUNT_PATIENCE 10000u /* looks until the counter must have changed */
#define ARM_TRIES 16u
#define LEAST_TICKS 16u /* so that the comparator is written in time, as a rule */

static volatile u32 *registers;
static struct counter counter;

static u32 hpet_read(u32 at)
{
	return registers[at / sizeof(u32)];
}

static void hpet_write(u32 at, u32 value)
{
	registers[at / sizeof(u32)] = value;
}

static u32 read_counter(void)
{
	return hpet_read(COUNTER);
}

static bool counts(void)
{
	u32 before = read_counter();

	for (u32 i = 0; i < COUNT_PATIENCE; i++)
		if (read_counter() != before)
			return true;
	return false;
}

/* -- 1. The counter --------------------------------------------------------------------------- */

/* One-shot, edge triggered, by wire, and the interrupt off. The other bits cannot be written. */
static void silence(u32 timer)
{
	u32 set = hpet_read(TIMER_CONFIGURATION(timer));

	set &= ~(TIMER_LEVEL | TIMER_INTERRUPT | TIMER_PERIODIC | TIMER_ROUTE | TIMER_MESSAGES);
	hpet_write(TIMER_CONFIGURATION(timer), set | TIMER_32_BITS);
}

static void start_counter(void)
{
	u32 last = hpet_read(CAPABILITIES) >> LAST_TIMER_SHIFT & LAST_TIMER;

	hpet_write(CONFIGURATION, 0);
	for (u32 timer = 0; timer <= last; timer++)
		silence(timer);
	hpet_write(COUNTER, 0);
	hpet_write(COUNTER_HIGH, 0);
	hpet_write(INTERRUPT_STATUS, UINT32_MAX);
	hpet_write(CONFIGURATION, CONFIGURATION_ENABLE);
}

/* The registers must begin a page: the specification requires 1 KB. An address that leads to no device
 * reads as all ones, memory usually as 0. */
const struct counter *hpet_init(u32 at)
{
	u32 period, rest;

	if (!at || at & FRAME_OFFSET_MASK)
		return NULL;
	registers = host_map_device(to_pfn(at >> FRAME_SHIFT));
	if (!registers)
		return NULL;
	period = hpet_read(PERIOD);
	if (period < PERIOD_LEAST || period > PERIOD_MOST)
		return NULL;
	start_counter();
	if (!counts())
		return NULL;
	counter = (struct counter){
	    .name = "the HPET",
	    .hz = divide(FEMTOSECONDS_PER_SECOND, period, &rest),
	    .mask = UINT32_MAX,
	    .read = read_counter,
	};
	return &counter;
}

/* -- 2. The alarm ----------------------------------------------------------------------------- */

static void set_interrupt(bool on)
{
	u32 set = hpet_read(TIMER_CONFIGURATION(0)) & ~TIMER_INTERRUPT;

	hpet_write(TIMER_CONFIGURATION(0), on ? set | TIMER_INTERRUPT : set);
}

static bool start_alarm(void)
{
	if (!counter.read || !(hpet_read(CAPABILITIES) & CAN_REPLACE_LEGACY))
		return false;
	set_interrupt(false);
	hpet_write(CONFIGURATION, CONFIGURATION_ENABLE | CONFIGURATION_REPLACE_LEGACY);
	irq_unmask(IRQ_TIMER);
	return true;
}

/* The timer interrupts when the counter is equal to the comparator: if the counter is past it when
 * the comparator has been written, it would interrupt a round later. */
static void arm_alarm(u32 ns)
{
	u32 rest, ticks = divide((u64)ns * counter.hz, NS_PER_SECOND, &rest) + 1;

	set_interrupt(true);
	for (u32 i = 0; i < ARM_TRIES; i++) {
		u32 at;

		ticks = ticks < LEAST_TICKS << i ? LEAST_TICKS << i : ticks;
		at = read_counter() + ticks;
		hpet_write(TIMER_COMPARATOR(0), at);
		if (at - read_counter() - 1 < UINT32_MAX / 2)
			return;
	}
}

static void stop_alarm(void)
{
	set_interrupt(false);
}

static void release_alarm(void)
{
	irq_mask(IRQ_TIMER);
	set_interrupt(false);
	hpet_write(CONFIGURATION, CONFIGURATION_ENABLE);
}

const struct alarm_device hpet_alarm = {
    .word = "hpet",
    .name = "the HPET",
    .start = start_alarm,
    .arm = arm_alarm,
    .stop = stop_alarm,
    .release = release_alarm,
    .longest_ns = NS_PER_SECOND,
};

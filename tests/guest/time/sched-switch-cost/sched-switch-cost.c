/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A switch from one guest to another costs a known number of instructions.
 *
 * Reason: Neither of two guests alone can see this cost.
 *
 * Method: The guest prints when, by the time-stamp counter, its turns on the CPU began and ended.
 * It reads the counter without a pause; where much time has passed since the last reading, another
 * guest had the CPU. With `sleeper` it says only when it was woken, and sleeps again at once. Two
 * of them run side by side; tools/bench finds the beginning that follows each end.
 *
 * Module: mem=2M
 * Expect: shut down "sched-switch-cost: done"
 * Runner: tools/bench
 */
#include "guest/include/kit.h"

#define TURNS 24u
#define GAP 10000u /* more ticks than an exit without a switch takes; gap= gives another number */
#define LOOK 600000000u /* ticks */
#define SLEEP_NS 700000u

static u64 began[TURNS], ended[TURNS];
static volatile u32 count;

static void on_clock(struct trap_frame *frame)
{
	u64 now = rdtsc();

	(void)frame;
	if (count < TURNS)
		began[count++] = now;
}

static void look_at_turns(void)
{
	u32 gap = boot_option_number("gap", GAP);
	u64 start = rdtsc(), last = start, now = start;

	/* The other guest may end before all turns are recorded. */
	while (count < TURNS && now - start < LOOK) {
		now = rdtsc();
		if (now - last > gap) {
			ended[count] = last;
			began[count++] = now;
		}
		last = now;
	}
}

static void sleep_and_wake(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	while (count < TURNS) {
		irq_disable();
		hcall_set_clockevent(SLEEP_NS);
		cpu_halt();
	}
}

static void print_time(const char *what, u64 time)
{
	printf("%s %08x%08x\n", what, (u32)(time >> 32), (u32)time);
}

const char *guest_main(void)
{
	bool sleeper = boot_option("sleeper");

	if (sleeper)
		sleep_and_wake();
	else
		look_at_turns();
	for (u32 i = 0; i < count; i++) {
		if (!sleeper)
			print_time("turn ends", ended[i]);
		print_time("turn begins", began[i]);
	}
	return "sched-switch-cost: done";
}

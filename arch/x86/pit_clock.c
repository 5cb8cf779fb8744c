/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/pit_clock.h"

static u16 took(const struct pit_look *look)
{
	return look->before - look->after;
}

bool pit_look_is_good(const struct pit_look *look)
{
	return took(look) <= PIT_LOOK_TICKS;
}

/* Channel 0's count at the moment of channel 2's reading: half way between its own two readings. */
static u16 middle(const struct pit_look *look)
{
	return look->after + took(look) / 2;
}

/* Channel 2's ticks since the last look, without whole rounds. */
static u32 part_of_round(const struct pit_clock *clock, u16 witness)
{
	u32 start = clock->witness;

	return (start >= witness ? start : start + PIT_CLOCK_PERIOD) - witness;
}

void pit_clock_start(struct pit_clock *clock, const struct pit_look *look)
{
	*clock = (struct pit_clock){.witness = look->witness, .together = middle(look)};
}

/* Each round that part_of_round has left out shows as one step. The remainder, within half a step,
 * is the time that the reads took. */
u64 pit_clock_now(struct pit_clock *clock, const struct pit_look *look)
{
	u64 ticks = clock->ticks + part_of_round(clock, look->witness);
	u16 too_much = (u16)ticks + middle(look) - clock->together;
	u32 rounds = (u16)(too_much + PIT_CLOCK_STEP / 2) / PIT_CLOCK_STEP;

	clock->ticks = ticks + (u64)rounds * PIT_CLOCK_PERIOD;
	clock->witness = look->witness;
	return clock->ticks;
}

bool pit_clock_loaded(struct pit_clock *clock, u16 ticks, u16 witness)
{
	u32 passed = part_of_round(clock, witness);

	clock->ticks += passed;
	clock->witness = witness;
	clock->together = (u16)clock->ticks + ticks;
	return passed <= PIT_LOAD_TICKS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock of two counters of the 8254, for CPUs without a TSC. Channel 2 runs free, round a period a little
 * shorter than 65536: it is the clock, but whoever looks too late does not see how often it came round.
 * Channel 0 is the alarm; it counts down from whatever it was loaded with, and on, modulo 65536. So each
 * round of channel 2 moves the two against each other by PIT_CLOCK_STEP, and their difference tells how many
 * rounds it were: up to 255, which is 13.9 seconds. No interrupt is needed for that, however late it comes.
 *
 * Everything here is arithmetic; timer.c reads the counters.
 */
#ifndef ARCH_X86_PIT_CLOCK_H
#define ARCH_X86_PIT_CLOCK_H

#include "lib/types.h"

#define PIT_CLOCK_STEP 256u
#define PIT_CLOCK_PERIOD (0x10000u - PIT_CLOCK_STEP) /* what channel 2 is loaded with */

/* How long a good look may take; what it shows is then half of that wrong at most. And how long after a look
 * channel 0 may be loaded. Both together must be less than half a step. */
#define PIT_LOOK_TICKS 100u
#define PIT_LOAD_TICKS 70u
_Static_assert(PIT_LOOK_TICKS / 2 + PIT_LOAD_TICKS < PIT_CLOCK_STEP / 2, "which round it is");

struct pit_clock {
	u64 ticks;   /* since the start, at the last look */
	u16 witness; /* what channel 2 showed then: PIT_CLOCK_PERIOD down to 1 */
	u16 together; /* ticks + what channel 0 shows, modulo 65536: the same until it is loaded again */
};

/* Channel 2 in the middle of two reads of channel 0. */
struct pit_look {
	u16 before, witness, after;
};

/* False if something held up the three reads, so that they are not of one moment: look again. If no look is
 * better, all are slow, and the middle is where the witness was read. A hold-up of whole rounds between two of
 * the reads does no harm: the third tells them. */
bool pit_look_is_good(const struct pit_look *look);

/* Time is 0 at this look, the first after channel 2 was started and channel 0 loaded. */
void pit_clock_start(struct pit_clock *clock, const struct pit_look *look);

/* Ticks since the start. */
u64 pit_clock_now(struct pit_clock *clock, const struct pit_look *look);

/*
 * Channel 0 has been loaded with `ticks`; after that, channel 2 showed `witness`. False if that took too long
 * since the last look, or the last load: load it again. Only here, from the look to the witness, a hold-up of
 * more than a round is lost: for so long channel 2 is alone.
 */
bool pit_clock_loaded(struct pit_clock *clock, u16 ticks, u16 witness);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock of two counters of the 8254, for CPUs without a TSC. Channel 2 runs free and is the
 * clock: its period is a little shorter than 65536 ticks. Its count alone does not tell how many
 * periods have passed since the last look. Channel 0 is the alarm: it counts down from the value
 * that it was loaded with, and further, modulo 65536. So each round of channel 2 moves the
 * difference of the two by PIT_CLOCK_STEP, and the difference tells the number of rounds: up to
 * 255, which is 13.9 seconds. It needs no interrupt in that time.
 *
 * All of this is arithmetic; pit.c reads the counters.
 */
#ifndef ARCH_X86_PIT_CLOCK_H
#define ARCH_X86_PIT_CLOCK_H

#include "lib/types.h"

#define PIT_CLOCK_STEP 256u
#define PIT_CLOCK_PERIOD (0x10000u - PIT_CLOCK_STEP) /* the value that channel 2 is loaded with */

/* PIT_LOOK_TICKS is the most ticks that a good look takes: the error of its time is at most half of
 * that. PIT_LOAD_TICKS is the most ticks from a look to the loading of channel 0. The sum of both
 * errors must be less than half a step. */
#define PIT_LOOK_TICKS 100u
#define PIT_LOAD_TICKS 70u
_Static_assert(PIT_LOOK_TICKS / 2 + PIT_LOAD_TICKS < PIT_CLOCK_STEP / 2, "which round it is");

struct pit_clock {
	u64 ticks;    /* since the start, at the last look */
	u16 witness;  /* the count of channel 2 then: PIT_CLOCK_PERIOD down to 1 */
	u16 together; /* ticks + channel 0's count, modulo 65536: constant from load to load */
};

/* Channel 2 in the middle of two reads of channel 0. */
struct pit_look {
	u16 before, witness, after;
};

/* False if the three reads took too long to be of one moment: look again. If each look takes too
 * long, use the last one, since the machine's reads are slow: the reading of channel 2 then lies in
 * the middle of the other two. A delay of whole rounds between two of the reads does no harm, since
 * the third read tells them. */
bool pit_look_is_good(const struct pit_look *look);

/* Starts the clock: time is 0 at this look, the first after channel 2 was started and channel 0
 * loaded. */
void pit_clock_start(struct pit_clock *clock, const struct pit_look *look);

/* Ticks of the 8254 (PIT_HZ) since the start. `look` is new. */
u64 pit_clock_now(struct pit_clock *clock, const struct pit_look *look);

/*
 * Tells the clock that channel 0 has been loaded with `ticks`, and that channel 2 then showed
 * `witness`. False if that took too long since the last look or loading: load it again. A delay of
 * more than a round between look and witness would be lost, since channel 2 alone measures that
 * time.
 */
bool pit_clock_loaded(struct pit_clock *clock, u16 ticks, u16 witness);

#endif

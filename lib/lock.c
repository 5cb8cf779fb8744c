// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of locks, and how long they are held: debug builds only. */
#include "lib/lock.h"

#ifdef LOCKS_CHECKED

const char *const lock_names[LOCK_RANKS] = {
    [LOCK_MACHINE] = "machine", [LOCK_FRAMES] = "frames", [LOCK_CLOCK] = "clock"};

u32 lock_longest[LOCK_RANKS];

static PER_CPU u32 held; /* by this CPU: bit n for the rank n */
static PER_CPU u32 since[LOCK_RANKS];

void lock_check(const struct lock *lock)
{
	u32 above = held >> lock->rank;

	if (above)
		panic("order of locks: %s is taken while %s is held", lock_names[lock->rank],
		      lock_names[lock->rank + (u32)__builtin_ctz(above)]);
}

void lock_begins(const struct lock *lock)
{
	held |= 1u << lock->rank;
	since[lock->rank] = lock_ticks();
}

void lock_ends(const struct lock *lock)
{
	u32 ticks = lock_ticks() - since[lock->rank];

	held &= ~(1u << lock->rank);
	if (ticks > lock_longest[lock->rank])
		lock_longest[lock->rank] = ticks;
}

void lock_measure_anew(const struct lock *lock)
{
	lock_longest[lock->rank] = 0;
	since[lock->rank] = lock_ticks();
}

#endif

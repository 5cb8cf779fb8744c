/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticket locks (Mellor-Crummey and Scott, 1991): CPUs get a lock in the order in which they ask.
 * Interrupts are off wherever a lock is held or awaited, so no holder is delayed but by the machine.
 *
 * There are three locks. The machine's comes first; no other lock is taken while one of the others is
 * held.
 *
 *	the machine's (hv/base/machine.h)   everything that no guest has to itself
 *	frames (mm/frames.c)                inside of the allocator's functions only
 *	counter_lock (arch/x86/timer.c)         inside of timer_now() only, and only without a TSC
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include "lib/panic.h"

struct lock {
	u32 next, serving; /* the next ticket, and the holder's */
};

/* A lock that is not free after so many looks, which take seconds, never will be. */
#ifndef LOCK_LOOKS_MAX /* a unit test has less patience */
#define LOCK_LOOKS_MAX 0x40000000u
#endif

#ifdef __FRAMAC__ /* the proofs are about what one CPU does while it has the lock */

/*@ assigns \nothing; */
void lock_take(struct lock *lock);
/*@ assigns \nothing; */
void lock_release(struct lock *lock);

#elif defined(                                                                                     \
    CONFIG_WITHOUT_THIS_LOCK) /* a test build takes one lock out, to see that a test notices */

static inline void lock_take(struct lock *lock)
{
	(void)lock;
}

static inline void lock_release(struct lock *lock)
{
	(void)lock;
}

#else

#ifdef CONFIG_THREADS /* there may be fewer CPUs than threads that play them */
void lock_pause(void);
#else
#define lock_pause() __builtin_ia32_pause()
#endif

static NOINLINE void lock_await(const struct lock *lock, u32 ticket)
{
	for (u32 looks = 0; __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket; looks++) {
		if (looks == LOCK_LOOKS_MAX)
			panic("a lock is never released");
		lock_pause();
	}
}

/* Takes the lock; waits while another CPU holds it. */
static ALWAYS_INLINE void lock_take(struct lock *lock)
{
	u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);

	if (__builtin_expect(__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket, 0))
		lock_await(lock, ticket);
}

/* Only the holder changes `serving`. */
static ALWAYS_INLINE void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

#endif
#endif

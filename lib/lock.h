/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticket locks (Mellor-Crummey and Scott, 1991): CPUs get a lock in the order in which they ask.
 * Interrupts are off wherever a lock is held or awaited, so no holder is delayed but by the machine.
 *
 * Each lock has a rank (enum lock_rank): a CPU takes only locks of higher ranks than those that it holds. So
 * no two CPUs can wait for each other. Debug builds check it, and measure the longest hold of each rank
 * (lib/lock.c).
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include "lib/panic.h"

/* In their order. */
enum lock_rank {
	LOCK_MACHINE, /* everything that no guest has to itself: hv/base/machine.h */
	LOCK_FRAMES,  /* inside of the functions of mm/frames.c only */
	LOCK_CLOCK,   /* inside of timer_now() only, and only without a TSC: arch/x86/timer.c */
	LOCK_RANKS
};

#if defined(CONFIG_DEBUG) && !defined(CONFIG_NATIVE) && !defined(__FRAMAC__)
#define LOCKS_CHECKED /* test_lock defines it for itself */
#endif

struct lock {
	u32 next, serving; /* the next ticket, and the holder's */
#ifdef LOCKS_CHECKED
	enum lock_rank rank;
#endif
};

#ifdef LOCKS_CHECKED

#define LOCK_OF_RANK(of)                                                                           \
	{                                                                                          \
		.rank = (of)                                                                       \
	}

/* Their names, for the monitor and for panics. */
extern const char *const lock_names[LOCK_RANKS];

/* The longest hold of the locks of a rank, in lock_ticks(). The holder writes it. */
extern u32 lock_longest[LOCK_RANKS];

/* This CPU is about to take the lock, has taken it, is about to release it. The first panics if the order
 * forbids it. */
void lock_check(const struct lock *lock);
void lock_begins(const struct lock *lock);
void lock_ends(const struct lock *lock);

/* The clock for it, and a longest hold in nanoseconds, 0 without a TSC; hv/stretch.c provides both. */
u32 lock_ticks(void);
u32 lock_longest_ns(enum lock_rank rank);

/* Forgets the longest hold of the lock, which this CPU holds. Its present hold counts from here. */
void lock_measure_anew(const struct lock *lock);

#else

#define LOCK_OF_RANK(of)                                                                           \
	{                                                                                          \
		0, 0                                                                               \
	}
#define lock_check(lock)
#define lock_begins(lock)
#define lock_ends(lock)
#define lock_measure_anew(lock)

#endif

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

#ifdef CONFIG_THREADS /* there may be fewer CPUs than threads that play them: a thread that waits sleeps */
void lock_pause(void);
void lock_wait(const struct lock *lock, u32 ticket);
void lock_released(const struct lock *lock);
#else
#define lock_pause() __builtin_ia32_pause()
#define lock_wait(lock, ticket) lock_pause()
#define lock_released(lock) (void)0
#endif

static NOINLINE void lock_await(const struct lock *lock, u32 ticket)
{
	for (u32 looks = 0; __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket; looks++) {
		if (looks == LOCK_LOOKS_MAX)
			panic("a lock is never released");
		lock_wait(lock, ticket);
	}
}

/* Takes the lock; waits while another CPU holds it. */
static ALWAYS_INLINE void lock_take(struct lock *lock)
{
	u32 ticket;

	lock_check(lock);
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);
	if (__builtin_expect(__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket, 0))
		lock_await(lock, ticket);
	lock_begins(lock);
}

/* Only the holder changes `serving`. */
static ALWAYS_INLINE void lock_release(struct lock *lock)
{
	lock_ends(lock);
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
	lock_released(lock);
}

#endif
#endif

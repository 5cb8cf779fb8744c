/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule on interrupts and locks, and stretches: how long interrupts are off.
 *
 * Interrupts are off wherever the hypervisor runs. It takes them in stretch_window() and
 * stretch_sleep() only, and before and after guests run in the waits of boot/ and hv/console.
 * Interrupt handlers (hv/run.h) run there, with interrupts off, and nowhere else. So no handler
 * finds a structure in the middle of a change. hv/base/machine.h has the rule for several CPUs.
 *
 * A stretch goes from a VM exit to the next VM entry, unless a window is opened in between. No
 * guest may make one longer than STRETCH_BOUND. Work that can take longer is done in parts of at
 * most some 10,000 instructions each. After each part the code asks stretch_is_spent() and, if it
 * is, stops and continues in a later stretch:
 *
 *	a hypercall                 returns AGAIN: the guest repeats the same `int $0x1f`
 *	devices, console output     stay pending, and are served in the guest's next turn
 *	creation, destruction       keep a cursor: each part is a turn of that guest
 *
 * So the guest that caused the work pays for all of it, and the other guests have their turns in
 * between.
 *
 * Time is counted in ticks of the TSC. Without a TSC, every clock is too slow to be read at each
 * exit: then a stretch is spent after a fixed number of parts, and its length is not measured.
 *
 * hv/stretch.c implements it, since it names the guest and the hypercall that were the cause.
 */
#ifndef HV_STRETCH_H
#define HV_STRETCH_H

#include "arch/x86/cpu.h"
#include "hv/base/progress.h"
#include "lib/types.h"
#include "lib/uncounted.h"

struct guest;

/* The limits are in microseconds. On a CPU that executes fewer than 1,000 instructions in a
 * microsecond, they are in thousands of instructions: otherwise the exits between the parts would
 * take longer than the parts. */
#define STRETCH_BOUND 100u  /* no stretch is longer */
#define STRETCH_BUDGET 40u  /* spent: no further part is begun */
#define STRETCH_OVERDUE 60u /* not even a short part is begun */

/* Reading the clock takes time, and most hypercalls are short: one check for each 8 suffices. (A
 * SET_PTE touches two frames at most, which may have to be zeroed. Simple ones of the ring, 64 at most,
 * are not counted: hv/shadow/ring.inc.) */
#define CALLS_PER_CHECK 8u

struct stretch {
	u32 begun;                     /* in ticks */
	u32 window;                    /* `begun` of the last stretch that followed a window */
	u32 uncounted;                 /* ticks in it that a debug build's checks took */
	u32 asked;                     /* without a TSC: the calls of stretch_is_spent */
	u32 most;                      /* ticks of the longest on this CPU, for whatever cause */
	struct stretch_record longest; /* while no guest ran */
};

extern PER_CPU struct stretch stretch;

/* Starts measuring. `bound_us`: a longer stretch is a panic; 0: none is. Only for machines whose
 * TSC counts instructions (QEMU with -icount shift=0): on any other, the host may take the CPU away
 * at any time. */
void stretch_init(u32 bound_us);

/*
 * Ends this stretch, takes pending interrupts, and begins the next one. Not to be called while data
 * is in use that run_interrupt() may change: the console's queues, the scheduler's decision. The
 * stretch that ends is recorded for guest `g` (NULL: for the hypervisor) with `cause`; NULL: the
 * cause is chosen as by stretch_is_longest().
 */
void stretch_window(struct guest *g, const char *cause);

/* The same while no guest runs, but releases the machine's lock and halts until an interrupt comes. */
void stretch_sleep(void);

/* The length of this stretch so far, in nanoseconds; 0 without a TSC. */
u64 stretch_ns(void);

/* The length of a stretch of `ticks` in microseconds; 0 without a TSC. */
u32 stretch_us(u32 ticks);

#ifdef CONFIG_NATIVE

bool stretch_is_spent(void); /* the test decides */
bool stretch_is_overdue(void);

#else

static ALWAYS_INLINE u32 stretch_ticks(void)
{
	return __builtin_expect(cpu_features.tsc, 1) ? (u32)read_tsc() : 0;
}

/* The first call after a VM exit. */
static ALWAYS_INLINE void stretch_begin(void)
{
	if (__builtin_expect(cpu_features.tsc, 1))
		stretch.begun = (u32)read_tsc();
	else
		stretch.asked = 0;
#ifdef CONFIG_DEBUG
	stretch.uncounted = 0;
#endif
}

static ALWAYS_INLINE u32 stretch_length(void)
{
	u32 ticks = stretch_ticks() - stretch.begun;

#ifdef CONFIG_DEBUG
	ticks -= stretch.uncounted;
#endif
	return ticks;
}

/* Records a new longest stretch, of `ticks`. If `cause` is NULL, the cause is the guest's exit; it
 * is "scheduling" without a guest, and for a stretch that followed a window. */
void stretch_is_longest(struct guest *g, u32 ticks, const char *cause);

/* The last call before a VM entry; `record` is the guest's. */
static ALWAYS_INLINE void stretch_end(struct guest *g, const struct stretch_record *record)
{
	u32 ticks = stretch_length();

	if (__builtin_expect(ticks > record->ticks, 0))
		stretch_is_longest(g, ticks, NULL);
	if (__builtin_expect(ticks > stretch.most, 0))
		stretch.most = ticks;
}

/* True if no more long parts should be begun in this stretch. */
bool stretch_is_spent(void);

/* True if no part at all should be begun, however short. */
bool stretch_is_overdue(void);

#endif
#endif

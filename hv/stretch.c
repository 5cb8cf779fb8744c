/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/base/stretch.h"

#include "arch/x86/exception_name.h"
#include "arch/x86/timer.h"
#include "arch/x86/trap_frame.h"
#include "hv/base/machine.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/trace.h"
#include "lib/lock.h"
#include "lib/math64.h"
#include "lib/min_max.h"
#include "lib/panic.h"

#define PARTS_WITHOUT_TSC 4u
#define US_PER_MS 1000u
#define ROUNDS 1000u
#define TRIES 5u

PER_CPU struct stretch stretch;

/* In ticks, of all CPUs. */
static struct {
	u32 budget, overdue;
	u32 bound; /* a longer one is a panic */
} limits HOT_DATA = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

static u32 ticks_for(u32 us)
{
	u32 rest;

	return (u32)divide((u64)us * timer_tsc_khz(), US_PER_MS, &rest);
}

/* The ticks of ROUNDS rounds of two instructions. */
static u32 time_loop(void)
{
	u32 rounds = ROUNDS, begun = stretch_ticks();

	__asm__ volatile("1: decl %0; jnz 1b" : "+r"(rounds));
	return stretch_ticks() - begun;
}

/* The ticks of 1,000 instructions: the shortest of several measurements, since a disturbance makes
 * one longer. */
static u32 ticks_of_thousand(void)
{
	u32 shortest = UINT32_MAX;

	for (u32 i = 0; i < TRIES; i++)
		shortest = min_u32(shortest, time_loop());
	return shortest / (2 * ROUNDS / 1000);
}

void stretch_init(u32 bound_us)
{
	u32 unit = max_u32(ticks_for(1), ticks_of_thousand());

	limits.budget = STRETCH_BUDGET * unit;
	limits.overdue = STRETCH_OVERDUE * unit;
	if (bound_us && timer_tsc_khz())
		limits.bound = ticks_for(bound_us);
	stretch_begin();
}

u64 stretch_ns(void)
{
	u32 rest, khz = timer_tsc_khz();

	return khz ? divide((u64)stretch_length() * NS_PER_MS, khz, &rest) : 0;
}

u32 stretch_us(u32 ticks)
{
	u32 rest, khz = timer_tsc_khz();

	return khz ? (u32)divide((u64)ticks * US_PER_MS, khz, &rest) : 0;
}

static ALWAYS_INLINE bool is_longer_than(u32 ticks)
{
	if (!cpu_features.tsc)
		return ++stretch.asked >= PARTS_WITHOUT_TSC;
	return stretch_length() >= ticks;
}

bool stretch_is_spent(void)
{
	return is_longer_than(limits.budget);
}

bool stretch_is_overdue(void)
{
	return is_longer_than(limits.overdue);
}

/* The cause of the guest's last VM exit. */
static const char *cause_of_exit(const struct guest *g)
{
	u32 trap = g->regs->trap;
	const char *name = NULL;

	if (trap == HCALL_VECTOR)
		name = hypercall_name(g->last_call);
	else if (trap < VECTOR_IRQ_BASE)
		name = exception_name(trap);
	else if (trap < VECTOR_COUNT)
		name = "interrupt";
	return name ? name : "other";
}

void stretch_is_longest(struct guest *g, u32 ticks, const char *cause)
{
	struct stretch_record *record = g ? &g->longest_stretch : &stretch.longest;

	if (!cause)
		cause = !g || stretch.begun == stretch.window ? "scheduling" : cause_of_exit(g);
	*record = (struct stretch_record){ticks, cause};
	if (ticks > limits.bound)
		panic("interrupts were off for %u us: %s of guest %s", stretch_us(ticks), cause,
		      g ? g->config->name : "(none)");
}

static void end(struct guest *g, const char *cause)
{
	const struct stretch_record *record = g ? &g->longest_stretch : &stretch.longest;
	u32 ticks = stretch_length();

	if (ticks > record->ticks)
		stretch_is_longest(g, ticks, cause);
	stretch.most = max_u32(stretch.most, ticks);
}

void stretch_window(struct guest *g, const char *cause)
{
	end(g, cause);
	take_interrupts();
	stretch_begin();
	stretch.window = stretch.begun;
}

void stretch_sleep(void)
{
	end(NULL, NULL);
	machine_unlock();
	wait_for_interrupt();
	stretch_begin();
	stretch.window = stretch.begun;
	machine_lock();
}

#ifdef CONFIG_DEBUG
static PER_CPU u32 uncounted_ever;

u32 uncounted_begin(void)
{
	return stretch_ticks();
}

void uncounted_end(u32 begun)
{
	u32 ticks = stretch_ticks() - begun;

	stretch.uncounted += ticks;
	uncounted_ever += ticks;
}

u32 lock_ticks(void)
{
	return stretch_ticks() - uncounted_ever;
}

u32 lock_longest_ns(enum lock_rank rank)
{
	u32 rest, khz = timer_tsc_khz();

	return khz ? (u32)divide((u64)lock_longest[rank] * NS_PER_MS, khz, &rest) : 0;
}
#endif

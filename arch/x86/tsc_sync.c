/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/tsc_sync.h"

#include "arch/x86/cpu.h"
#include "arch/x86/msr.h"

#define ROUNDS 64u
#define ATTEMPTS 4u
#define LOOKS_MAX                                                                                  \
	10000000u /* for one answer; a host may run the other CPU after some milliseconds */

/* The two CPUs talk by numbers that grow: the boot CPU writes `asked`, the other one `answered`. */
static struct {
	u32 asked, answered;
	s64 change; /* to the other CPU's counter */
	u64 there;
	enum { SYNC_READ, SYNC_CHANGE, SYNC_END } what;
} talk;

s64 tsc_ahead(const struct tsc_round *round)
{
	u64 way = round->after - round->before;
	s64 ahead = (s64)(round->there - (round->before + way / 2));

	return ahead >= -(s64)(way / 2) && ahead <= (s64)(way / 2) ? 0 : ahead;
}

/* -- On the other CPU -------------------------------------------------------------------------- */

static bool await(const u32 *word, u32 value)
{
	for (u32 i = 0; i < LOOKS_MAX; i++) {
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
			return true;
		cpu_pause();
	}
	return false;
}

/* A CPU older than the Pentium 4 clears the upper half when it is written (SDM vol. 3, 17.17.3). It stays
 * behind then, which the next comparison shows. */
static void change(s64 by)
{
	write_msr(MSR_TSC, read_tsc() + by);
}

void tsc_sync_answer(void)
{
	for (u32 n = 1; await(&talk.asked, n) && talk.what != SYNC_END; n++) {
		if (talk.what == SYNC_CHANGE)
			change(talk.change);
		talk.there = read_tsc();
		__atomic_store_n(&talk.answered, n, __ATOMIC_RELEASE);
	}
}

/* -- On the boot CPU --------------------------------------------------------------------------- */

/* False: no answer. */
static bool ask(u32 what, struct tsc_round *round)
{
	talk.what = what;
	round->before = read_tsc();
	__atomic_store_n(&talk.asked, talk.asked + 1, __ATOMIC_RELEASE);
	if (what == SYNC_END)
		return true;
	if (!await(&talk.answered, talk.asked))
		return false;
	round->after = read_tsc();
	round->there = talk.there;
	return true;
}

/* The round with the shortest way. */
static bool compare(struct tsc_round *best)
{
	struct tsc_round round;

	if (!ask(SYNC_READ, best))
		return false;
	for (u32 i = 1; i < ROUNDS; i++) {
		if (!ask(SYNC_READ, &round))
			return false;
		if (round.after - round.before < best->after - best->before)
			*best = round;
	}
	return true;
}

/* WRMSR takes time before it writes, so the counter is behind by that time after a change. The next comparison
 * measures it, and each further change adds it. */
bool tsc_sync(void)
{
	struct tsc_round round;
	s64 ahead, write_takes = 0;
	bool agree = false;

	talk.asked = talk.answered = 0;
	for (u32 i = 0; i < ATTEMPTS && !agree; i++) {
		if (!compare(&round))
			return false;
		ahead = tsc_ahead(&round);
		agree = !ahead;
		if (i)
			write_takes -= ahead;
		talk.change = write_takes - ahead;
		if (!agree && !ask(SYNC_CHANGE, &round))
			return false;
	}
	ask(SYNC_END, &round);
	return agree;
}

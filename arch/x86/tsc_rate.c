/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time-stamp counter: SDM vol. 3, 17.17. */
#include "arch/x86/tsc_rate.h"

#include "arch/x86/cpu.h"
#include "arch/x86/rtc.h"
#include "lib/math64.h"
#include "lib/min_max.h"

#define MEASURED_MS 4u
#define MEASURED_TICKS                                                                             \
	17900u /* at least: one is 56 millionths of them, and they take the 8254 15 ms */
#define SAMPLES 8
#define TRIES 5
#define PATIENCE 100000u /* looks, of microseconds each, until the time must be over */

/* A second must be over after this number of looks, and as many ticks of a fast TSC. */
#define SECOND_LOOKS 1000000u
#define SECOND_TICKS 20000000000ull
#define LOOKS_MOST (4 * SECOND_LOOKS)
#define SECOND_PARTS 150u /* an update, which is waited for at each end, takes up to 2.3 ms */

struct tsc_sample tsc_take_one_sample(const struct counter *counter)
{
	struct tsc_sample s;
	u64 before = read_tsc();

	s.count = counter->read();
	s.duration = read_tsc() - before;
	s.tsc = before + s.duration / 2;
	return s;
}

struct tsc_sample tsc_take_sample(const struct counter *counter)
{
	struct tsc_sample best = tsc_take_one_sample(counter);

	for (u32 i = 1; i < SAMPLES; i++) {
		struct tsc_sample s = tsc_take_one_sample(counter);

		if (s.duration < best.duration)
			best = s;
	}
	return best;
}

/* False if the counting took so long that the counter wrapped around. */
static bool measure_once(const struct counter *counter, u32 *khz)
{
	u32 wanted = max_u32(counter->hz / 1000 * MEASURED_MS, MEASURED_TICKS), ticks = 0, rest;
	struct tsc_sample first, last;

	if (counter->begin)
		counter->begin();
	first = last = tsc_take_sample(counter);
	for (u32 i = 0; i < PATIENCE && ticks < wanted; i++) {
		last = tsc_take_sample(counter);
		ticks = (last.count - first.count) & counter->mask;
	}
	if (!ticks || ticks < wanted || (counter->has_wrapped && counter->has_wrapped()))
		return false;
	*khz = divide(divide((last.tsc - first.tsc) * counter->hz, ticks, &rest), 1000, &rest);
	return true;
}

u32 tsc_measure_khz(const struct counter *counter)
{
	u32 khz = 0;

	for (u32 i = 0; i < TRIES; i++)
		if (measure_once(counter, &khz))
			break;
	return khz;
}

/* False if it stands still, after both a number of looks and a time, or if the TSC does, after
 * LOOKS_MOST. The second changed between *before and *after. */
static bool wait_for_second(u64 *before, u64 *after)
{
	u64 begun = read_tsc();
	u8 second = rtc_second();

	*after = begun;
	for (u32 i = 0; i < LOOKS_MOST && (i < SECOND_LOOKS || *after - begun < SECOND_TICKS);
	     i++) {
		bool changed = rtc_second() != second;

		*before = *after;
		*after = read_tsc();
		if (changed)
			return true;
	}
	return false;
}

/* A second whose ends are not known to a part in SECOND_PARTS is measured again: the machine stood
 * still there. */
u32 tsc_measure_khz_by_rtc(void)
{
	u64 first, first_end, last, last_end, passed = 0;
	u32 rest;

	if (!rtc_is_present() || !wait_for_second(&first, &first_end))
		return 0;
	for (u32 i = 0; i < TRIES; i++) {
		if (!wait_for_second(&last, &last_end))
			return 0;
		passed = last_end - first_end;
		if ((first_end - first + (last_end - last)) * SECOND_PARTS < passed)
			break;
		first = last;
		first_end = last_end;
	}
	return divide(passed, 1000, &rest);
}

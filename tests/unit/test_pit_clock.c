// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock of two counters, against a simulated 8254 whose true time is known. */
#include "tests/unit/native.h"

#include "arch/x86/pit_clock.h"

#define PIT_HZ 1193182u
#define HOLD_UP_MOST (PIT_HZ / 4)
#define LOAD_HOLD_UP_MOST 30000u /* twice, it is less than a round */
#define ROUNDS_TOLD (0x10000u / PIT_CLOCK_STEP - 1)

/* Counts at `now`: channel 0 in mode 0 goes on through 0, channel 2 in mode 2 shows
 * PIT_CLOCK_PERIOD to 1 (8254 datasheet, mode definitions). */
struct pit {
	u64 now;
	u64 loaded_at;
	u16 loaded;
	u64 started_at;
};

static u16 alarm_counter(const struct pit *pit)
{
	return pit->loaded - (u16)(pit->now - pit->loaded_at);
}

static u16 free_counter(const struct pit *pit)
{
	return PIT_CLOCK_PERIOD - (pit->now - pit->started_at) % PIT_CLOCK_PERIOD;
}

/* Three reads, so many ticks apart. */
static struct pit_look look_with(struct pit *pit, u32 first_gap, u32 second_gap)
{
	struct pit_look look;

	look.before = alarm_counter(pit);
	pit->now += first_gap;
	look.witness = free_counter(pit);
	pit->now += second_gap;
	look.after = alarm_counter(pit);
	return look;
}

/* One time in 16, the reads are delayed. */
static u32 hold_up(u32 most)
{
	return random_below(16) ? 0 : random_below(most);
}

/* Reads the clock as pit.c does, until a look is good. Each look is as slow as allowed, with a
 * delay in at most one of its gaps. *moment is the time of its witness. Whole rounds after the look
 * would be lost if channel 0 were loaded next (pit_clock_loaded): there are none. */
static struct pit_look take_look(struct pit *pit, u64 *moment)
{
	struct pit_look look;

	do {
		u32 slow = random_below(PIT_LOOK_TICKS + 1), first_gap = random_below(slow + 1);
		u32 second_gap = slow - first_gap;

		if (random_below(2))
			first_gap += hold_up(HOLD_UP_MOST);
		else
			second_gap += hold_up(LOAD_HOLD_UP_MOST);
		*moment = pit->now + first_gap;
		look = look_with(pit, first_gap, second_gap);
	} while (!pit_look_is_good(&look));
	return look;
}

static void load(struct pit *pit, u16 ticks)
{
	pit->loaded = ticks;
	pit->loaded_at = pit->now;
}

/* *begin is the simulated time at which the clock shows 0. */
static void start(struct pit *pit, struct pit_clock *clock, u64 *begin)
{
	struct pit_look first;

	*pit = (struct pit){.now = random_below(1u << 30)};
	pit->started_at = pit->now;
	load(pit, UINT16_MAX);
	pit->now += random_below(10);
	first = take_look(pit, begin);
	pit_clock_start(clock, &first);
}

/* Then the clock must be right to the tick. */
static void pass(struct pit *pit, struct pit_clock *clock, u64 begin, u64 ticks)
{
	struct pit_look now;
	u64 moment;

	pit->now += ticks;
	now = take_look(pit, &moment);
	assert_int_equal(pit_clock_now(clock, &now), moment - begin);
}

/* Loads as pit.c does, until a load was quick. Each load is delayed by less than a round. */
static void arm(struct pit *pit, struct pit_clock *clock, u16 ticks)
{
	do {
		pit->now += hold_up(LOAD_HOLD_UP_MOST);
		load(pit, ticks);
		pit->now += random_below(PIT_LOAD_TICKS) + hold_up(LOAD_HOLD_UP_MOST);
	} while (!pit_clock_loaded(clock, ticks, free_counter(pit)));
}

static void delay_up_to_the_horizon_is_counted(void **state)
{
	struct pit_clock clock;
	struct pit pit;
	u64 begin;

	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		start(&pit, &clock, &begin);
		pass(&pit, &clock, begin, random_below(PIT_CLOCK_PERIOD * (ROUNDS_TOLD - 30)));
	}
}

static void lost_rounds_are_counted(void **state)
{
	struct pit_clock clock;
	struct pit pit;
	struct pit_look now;
	u64 begin;

	(void)state;
	for (u32 rounds = 0; rounds <= ROUNDS_TOLD; rounds++) {
		for (u32 part = 0; part < PIT_CLOCK_PERIOD; part += 97) {
			start(&pit, &clock, &begin);
			pit.now = begin + (u64)rounds * PIT_CLOCK_PERIOD + part;
			now = look_with(&pit, 0, PIT_LOOK_TICKS);
			assert_int_equal(pit_clock_now(&clock, &now),
					 (u64)rounds * PIT_CLOCK_PERIOD + part);
		}
	}
}

static void test_no_time_is_lost_by_alarms(void **state)
{
	struct pit_clock clock;
	struct pit pit;
	u64 begin;

	(void)state;
	start(&pit, &clock, &begin);
	for (u32 alarm = 0; alarm < 200000; alarm++) {
		pass(&pit, &clock, begin, random_below(alarm % 100 ? 60000 : 8 * PIT_HZ));
		arm(&pit, &clock, 1 + random_below(60000));
		pass(&pit, &clock, begin, random_below(alarm % 2 ? 100 : 8 * PIT_HZ));
	}
}

static void test_slow_reads_are_not_good(void **state)
{
	struct pit_look look = {1000, 5, 1000 - PIT_LOOK_TICKS};

	(void)state;
	assert_true(pit_look_is_good(&look));
	look.after--;
	assert_false(pit_look_is_good(&look));
	look = (struct pit_look){3, 5, 0xFFFE}; /* through 0 */
	assert_true(pit_look_is_good(&look));
	look = (struct pit_look){3, 5, 4}; /* nearly a whole round */
	assert_false(pit_look_is_good(&look));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delay_up_to_the_horizon_is_counted),
	    cmocka_unit_test(lost_rounds_are_counted),
	    cmocka_unit_test(test_no_time_is_lost_by_alarms),
	    cmocka_unit_test(test_slow_reads_are_not_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks of counters that wrap around: the time, and the comparison with another clock. */
#include "tests/unit/native.h"

#include "arch/x86/counter_clock.h"

#define MASK_24 0xFFFFFFu
#define PM_HZ 3579545u
#define HPET_HZ 14318179u
#define SECOND 1000000000ull
#define MS 1000000ull

static u32 count_at(u64 ns, u32 hz, u32 mask)
{
	return (u32)((unsigned __int128)ns * hz / SECOND) & mask;
}

static void time_goes_on_when_the_counter_wraps(void **state)
{
	static const u32 masks[] = {MASK_24, UINT32_MAX};
	struct counter_clock clock;

	(void)state;
	for (u32 m = 0; m < ARRAY_SIZE(masks); m++) {
		u64 start = random_below(masks[m]), now = start;

		counter_clock_start(&clock, masks[m], start);
		for (u32 i = 0; i < 10000; i++) {
			now += random_below(masks[m]);
			assert_int_equal(counter_clock_now(&clock, now & masks[m]), now - start);
		}
	}
}

static void bits_above_the_mask_are_ignored(void **state)
{
	struct counter_clock clock;

	(void)state;
	counter_clock_start(&clock, MASK_24, 0xFFFFFFFF);
	assert_int_equal(counter_clock_now(&clock, 0xAB000004), 5);
}

/* The true time, and that of a clock which runs `thousandths` of 1000 as fast. */
static enum clock_verdict after(u64 ns, u32 thousandths, u32 hz, u32 mask)
{
	u64 start = random_below(1u << 30);
	struct clock_watch watch;

	clock_watch_start(&watch, hz, mask, 77, count_at(start, hz, mask));
	return clock_watch_compare(&watch, 77 + ns * thousandths / 1000,
				   count_at(start + ns, hz, mask));
}

static void good_clock_agrees_over_any_number_of_rounds(void **state)
{
	(void)state;
	for (u32 ms = 0; ms < 100000; ms += 137) {
		assert_int_equal(after(ms * MS, 1000, PM_HZ, MASK_24), CLOCK_AGREES);
		assert_int_equal(after(ms * MS, 1000, PM_HZ, UINT32_MAX), CLOCK_AGREES);
		assert_int_equal(after(ms * MS, 1005, HPET_HZ, UINT32_MAX), CLOCK_AGREES);
		assert_int_equal(after(ms * MS, 995, HPET_HZ, UINT32_MAX), CLOCK_AGREES);
	}
}

static void drift_beyond_the_bound_is_seen(void **state)
{
	(void)state;
	for (u32 ms = 1000; ms < 20000; ms += 137) {
		assert_int_equal(after(ms * MS, 980, PM_HZ, MASK_24), CLOCK_DIFFERS);
		assert_int_equal(after(ms * MS, 1020, PM_HZ, MASK_24), CLOCK_DIFFERS);
		assert_int_equal(after(ms * MS, 900, HPET_HZ, UINT32_MAX), CLOCK_DIFFERS);
	}
	assert_int_equal(after(1 * MS, 0, PM_HZ, MASK_24), CLOCK_AGREES); /* 1 ms of 2 ms */
	assert_int_equal(after(3 * MS, 0, PM_HZ, MASK_24), CLOCK_DIFFERS);
	assert_int_equal(after(3 * MS, 0, HPET_HZ, UINT32_MAX), CLOCK_DIFFERS);
}

/* A part in 128 of the time is then a quarter of the counter's round. */
static void time_too_long_for_the_counter_starts_a_new_comparison(void **state)
{
	struct clock_watch watch;
	u64 later = 200 * SECOND;

	(void)state;
	clock_watch_start(&watch, PM_HZ, MASK_24, 0, 0);
	assert_int_equal(clock_watch_compare(&watch, later, 0x123456), CLOCK_UNKNOWN);
	assert_int_equal(clock_watch_compare(&watch, later, 0x123456), CLOCK_AGREES);
	assert_int_equal(clock_watch_compare(&watch, later + SECOND, 0x123456), CLOCK_DIFFERS);
	assert_int_equal(clock_watch_compare(&watch, later + SECOND, 0x123456 + PM_HZ),
			 CLOCK_AGREES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(time_goes_on_when_the_counter_wraps),
	    cmocka_unit_test(bits_above_the_mask_are_ignored),
	    cmocka_unit_test(good_clock_agrees_over_any_number_of_rounds),
	    cmocka_unit_test(drift_beyond_the_bound_is_seen),
	    cmocka_unit_test(time_too_long_for_the_counter_starts_a_new_comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock and the alarm, on simulated devices whose true time is known. */
#include "tests/unit/native.h"

#include <string.h>

#include "arch/x86/acpi_pm_timer.h"
#include "arch/x86/apic.h"
#include "arch/x86/apic_timer.h"
#include "arch/x86/cpu.h"
#include "arch/x86/hpet.h"
#include "arch/x86/per_cpu.h"
#include "arch/x86/pit.h"
#include "arch/x86/rtc.h"
#include "arch/x86/timer.h"

#define SECOND 1000000000ull
#define MS 1000000ull
#define READ_NS 300u /* the time that a reading of a device takes */
#define PM_HZ 3579545u
#define HPET_HZ 14318179u
#define APIC_HZ 66666667u
#define TSC_MHZ 1500u

/* -- The machine -- */

struct cpu_features cpu_features;
struct this_cpu this_cpu; /* the boot CPU */

static struct {
	u64 time;                /* the true one, in ns */
	u64 tsc, tsc_at;         /* the TSC at a true time ... */
	u32 tsc_mhz;             /* ... and its rate from then on */
	bool pit, hpet, pm, rtc; /* are present */
	bool apic;
	u32 apic_started; /* count */
	u64 apic_started_at;
	u32 armed; /* ns, of the PIT or HPET */
	bool stopped, released;
} machine;

static u32 ticks(u32 hz)
{
	machine.time += READ_NS;
	return (u32)((unsigned __int128)machine.time * hz / SECOND);
}

static u64 tsc_now(void)
{
	return machine.tsc + (machine.time - machine.tsc_at) * machine.tsc_mhz / 1000;
}

u64 read_tsc(void)
{
	machine.time += 10;
	return tsc_now();
}

static void change_tsc(u32 mhz)
{
	machine.tsc = tsc_now();
	machine.tsc_at = machine.time;
	machine.tsc_mhz = mhz;
}

static u32 read_hpet(void)
{
	return ticks(HPET_HZ);
}

static u32 read_pm(void)
{
	return ticks(PM_HZ) & 0xFFFFFF;
}

static u32 read_pit(void)
{
	return ticks(PIT_HZ) & 0xFFFF;
}

static const struct counter hpet_counter = {"the HPET", HPET_HZ, UINT32_MAX, read_hpet, NULL, NULL};
static const struct counter pm_counter = {"the PM timer", PM_HZ, 0xFFFFFF, read_pm, NULL, NULL};
const struct counter pit_counter = {"the PIT", PIT_HZ, 0xFFFF, read_pit, NULL, NULL};

const struct counter *hpet_init(u32 at)
{
	(void)at;
	return machine.hpet ? &hpet_counter : NULL;
}

const struct counter *pm_timer_init(const struct acpi_devices *devices)
{
	(void)devices;
	return machine.pm ? &pm_counter : NULL;
}

bool pit_init(void)
{
	return machine.pit;
}

bool pit_start_clock(void)
{
	return true;
}

u64 pit_clock_ticks(void)
{
	return ticks(PIT_HZ);
}

u16 pit_sample(void)
{
	return 0;
}

bool rtc_is_present(void)
{
	return machine.rtc;
}

u8 rtc_second(void)
{
	machine.time += 20000;
	return machine.time / SECOND % 60;
}

static bool start_pit(void)
{
	return machine.pit;
}

static bool start_hpet(void)
{
	return machine.hpet;
}

static void arm(u32 ns)
{
	machine.armed = ns;
	machine.stopped = false;
}

static void stop(void)
{
	machine.stopped = true;
}

static void release(void)
{
	machine.released = true;
}

const struct alarm_device pit_alarm = {"pit", "the PIT", start_pit, arm, stop, release, 50 * MS};
const struct alarm_device hpet_alarm = {"hpet", "the HPET", start_hpet, arm, stop, release, SECOND};

static u32 interrupt_pending; /* AMD's MSR */

bool try_read_msr(u32 msr, u32 *low)
{
	assert_int_equal(msr, 0xC0010055);
	*low = interrupt_pending;
	return true;
}

bool apic_is_on(void)
{
	return machine.apic;
}

void apic_open(void) {}

void apic_timer_unmask(void) {}

void apic_timer_mask(void) {}

void apic_timer_start(u32 count)
{
	machine.apic_started = count;
	machine.apic_started_at = machine.time;
}

u32 apic_timer_count(void)
{
	u64 passed = machine.time - machine.apic_started_at;
	u64 counted = (unsigned __int128)passed * APIC_HZ / SECOND;

	machine.time += READ_NS;
	return counted < machine.apic_started ? machine.apic_started - counted : 0;
}

/* -- Starting it -- */

static const struct acpi_devices no_devices;
static u64 began; /* the true time at which the clock shows 0, about */

static void start(void)
{
	timer_init(&no_devices);
	began = machine.time - timer_now();
	if (machine.pit)
		timer_use_alarm(1);
}

static int new_machine(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	memset(&cpu_features, 0, sizeof(cpu_features));
	machine.time = random_below(1000000000) + 1;
	machine.tsc_mhz = TSC_MHZ;
	cpu_features.tsc = true;
	return 0;
}

static void assert_near(u64 value, u64 wanted, u64 error)
{
	if (value + error < wanted || value > wanted + error)
		fail_msg("%llu is not %llu +- %llu", (unsigned long long)value,
			 (unsigned long long)wanted, (unsigned long long)error);
}

static void assert_clock_is_right(u64 error)
{
	assert_near(timer_now(), machine.time - began, error);
}

/* -- Measuring -- */

static void tsc_is_measured_by_any_counter(void **state)
{
	bool *const present[] = {&machine.pit, &machine.hpet, &machine.pm};

	for (u32 i = 0; i < ARRAY_SIZE(present); i++) {
		new_machine(state);
		*present[i] = true;
		start();
		assert_near(timer_tsc_khz(), TSC_MHZ * 1000, TSC_MHZ / 10); /* 100 ppm */
		machine.time += 10 * SECOND;
		assert_clock_is_right(2 * MS);
	}
}

static void tsc_is_measured_by_seconds_if_there_is_nothing_else(void **state)
{
	(void)state;
	machine.rtc = true;
	start();
	assert_near(timer_tsc_khz(), TSC_MHZ * 1000, TSC_MHZ);
	assert_string_equal(timer_clock_name(), "the TSC");
}

static void machine_without_a_clock_panics(void **state)
{
	(void)state;
	assert_panics(start(), "there is no clock");
}

/* -- The clock -- */

static void without_tsc_the_best_counter_is_the_clock(void **state)
{
	(void)state;
	cpu_features.tsc = false;
	machine.pit = machine.pm = true;
	start();
	assert_string_equal(timer_clock_name(), "the PM timer");
	for (u32 i = 0; i < 100; i++) {
		machine.time += SECOND; /* the horizon */
		assert_clock_is_right(10000);
	}
}

static void counter_as_clock_makes_the_alarm_come_now_and_then(void **state)
{
	(void)state;
	cpu_features.tsc = false;
	machine.hpet = true;
	start();
	assert_true(timer_use_alarm(2));
	timer_arm(TIMER_NEVER);
	assert_false(machine.stopped);
	assert_int_equal(machine.armed, SECOND);
}

static void tsc_as_clock_needs_no_alarm(void **state)
{
	(void)state;
	machine.pit = true;
	start();
	timer_arm(TIMER_NEVER);
	assert_true(machine.stopped);
}

/* Runs for this long, with a check each 10 ms as after alarms. Returns the first answer. */
static const char *run(u64 ns)
{
	u64 until = machine.time + ns, before = timer_now(), now;

	while (machine.time < until) {
		const char *other;

		machine.time += 10 * MS;
		other = timer_check();
		now = timer_now();
		assert_true(now >= before);
		before = now;
		if (other)
			return other;
	}
	return NULL;
}

static void steady_tsc_stays_the_clock(void **state)
{
	(void)state;
	machine.pit = machine.pm = true;
	start();
	assert_string_equal(timer_check_name(), "the PM timer");
	assert_null(run(1000 * SECOND));
	assert_string_equal(timer_clock_name(), "the TSC");
}

static void tsc_that_changes_its_rate_is_left(void **state)
{
	static const u32 rates[] = {0, 1, 100, 800, 1400, 1600, 3000};

	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 shown;

		new_machine(state);
		machine.pit = machine.hpet = true;
		start();
		assert_null(run(20 * SECOND));
		change_tsc(rates[i]);
		assert_string_equal(run(20 * SECOND), "the HPET");
		assert_string_equal(timer_clock_name(), "the HPET");
		assert_null(timer_check_name());
		shown = timer_now();
		assert_true(shown + 40 * MS >= machine.time - began); /* the bound */
		machine.time += SECOND;
		assert_near(timer_now() - shown, SECOND, 10000);
		assert_null(run(10 * SECOND));
	}
}

static void tsc_that_stops_in_one_sleep_is_left(void **state)
{
	(void)state;
	machine.pit = machine.pm = true;
	start();
	assert_null(run(5 * SECOND));
	change_tsc(0);
	machine.time += 300 * MS;
	change_tsc(TSC_MHZ);
	assert_string_equal(run(2 * SECOND), "the PM timer");
	assert_near(timer_now(), machine.time - began, 5 * MS);
}

static void constant_tsc_is_not_checked(void **state)
{
	(void)state;
	machine.pit = machine.hpet = true;
	cpu_features.tsc_constant = true;
	start();
	change_tsc(100);
	assert_null(run(20 * SECOND));
	assert_null(timer_check_name());
}

/* -- The alarm -- */

static void alarm_is_armed_for_the_time_that_is_left(void **state)
{
	u64 now;

	(void)state;
	machine.pit = true;
	start();
	now = timer_now();
	timer_arm(now + 5 * MS);
	assert_near(machine.armed, 5 * MS, 1000);
	timer_arm(now - 1);
	assert_int_equal(machine.armed, 1);
	timer_arm(now + 1000 * SECOND);
	assert_int_equal(machine.armed, 50 * MS);
}

static void another_device_takes_the_place_of_the_alarm(void **state)
{
	(void)state;
	machine.pit = machine.hpet = true;
	start();
	assert_string_equal(timer_alarm_name(), "the PIT");
	assert_true(timer_use_alarm(2));
	assert_true(machine.released);
	assert_string_equal(timer_alarm_name(), "the HPET");
	assert_false(timer_use_alarm(0)); /* the local APIC is missing */
	assert_string_equal(timer_alarm_name(), "none");
	assert_null(timer_alarm(3));
}

static void apic_timer_is_calibrated_by_the_clock(void **state)
{
	u64 wanted = 5 * MS * APIC_HZ / SECOND;

	(void)state;
	machine.apic = machine.hpet = true;
	start();
	assert_true(timer_use_alarm(0));
	timer_arm(timer_now() + 5 * MS);
	assert_near(machine.apic_started, wanted, wanted / 5000);
	timer_arm(TIMER_NEVER);
	assert_int_equal(machine.apic_started, 0);
}

/* AMD's erratum 400: the timer stands still while the CPU sleeps in C1E. */
static void apic_timer_that_stops_in_sleep_is_not_used(void **state)
{
	(void)state;
	machine.apic = machine.hpet = true;
	start();
	cpu_features.msr = true;
	cpu_features.family = 0xF;
	interrupt_pending = 1u << 28;
	assert_true(timer_use_alarm(0)); /* another vendor's */
	strcpy(cpu_features.vendor, "AuthenticAMD");
	assert_false(timer_use_alarm(0));
	interrupt_pending = 1u << 27;
	assert_false(timer_use_alarm(0));
	interrupt_pending = 1u << 26;
	assert_true(timer_use_alarm(0));
	memset(&cpu_features, 0, sizeof(cpu_features));
}

static void apic_alarm_is_never_early(void **state)
{
	(void)state;
	for (u32 i = 0; i < 100000; i++) {
		u32 rate = random_below(UINT32_MAX - 1) + 1, ns = random_below(1000000000) + 1;
		u64 exact = ((u64)ns * rate) >> APIC_TIMER_RATE_SHIFT;
		u64 got = apic_timer_ticks(ns, rate);

		if (exact < UINT32_MAX - 300000) {
			assert_true(got > exact);
			assert_true(got <= exact + 1 + (exact >> 14));
		} else {
			assert_true(got >= UINT32_MAX - 300000);
		}
	}
	assert_int_equal(apic_timer_ticks(1, 1), 1);
}

static void absurd_apic_rates_are_refused(void **state)
{
	(void)state;
	assert_int_equal(apic_timer_rate(4000000, 4000000), 1u << APIC_TIMER_RATE_SHIFT);
	assert_int_equal(apic_timer_rate(0, 4000000), 0);
	assert_int_equal(apic_timer_rate(100, 4000000), 0);
	assert_int_equal(apic_timer_rate(UINT32_MAX, 1), 0);
	assert_int_equal(apic_timer_rate(1000, 0), 0);
	assert_int_equal(apic_timer_rate(1000, 1ull << 32), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(tsc_is_measured_by_any_counter, new_machine),
	    cmocka_unit_test_setup(tsc_is_measured_by_seconds_if_there_is_nothing_else,
				   new_machine),
	    cmocka_unit_test_setup(machine_without_a_clock_panics, new_machine),
	    cmocka_unit_test_setup(without_tsc_the_best_counter_is_the_clock, new_machine),
	    cmocka_unit_test_setup(counter_as_clock_makes_the_alarm_come_now_and_then, new_machine),
	    cmocka_unit_test_setup(tsc_as_clock_needs_no_alarm, new_machine),
	    cmocka_unit_test_setup(steady_tsc_stays_the_clock, new_machine),
	    cmocka_unit_test_setup(tsc_that_changes_its_rate_is_left, new_machine),
	    cmocka_unit_test_setup(tsc_that_stops_in_one_sleep_is_left, new_machine),
	    cmocka_unit_test_setup(constant_tsc_is_not_checked, new_machine),
	    cmocka_unit_test_setup(alarm_is_armed_for_the_time_that_is_left, new_machine),
	    cmocka_unit_test_setup(another_device_takes_the_place_of_the_alarm, new_machine),
	    cmocka_unit_test_setup(apic_timer_is_calibrated_by_the_clock, new_machine),
	    cmocka_unit_test(apic_timer_that_stops_in_sleep_is_not_used),
	    cmocka_unit_test(apic_alarm_is_never_early),
	    cmocka_unit_test(absurd_apic_rates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

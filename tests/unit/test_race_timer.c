// SPDX-License-Identifier: GPL-2.0-or-later
/* Without a TSC, each reading of the time changes the counter behind it: two CPUs read it at the same time. */
#include "tests/unit/race_cpus.h"

#include "arch/x86/acpi_pm_timer.h"
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/hpet.h"
#include "arch/x86/pit.h"
#include "arch/x86/rtc.h"
#include "arch/x86/timer.h"

#define CPUS 2
#define PM_HZ 3579545u
#define PM_MASK 0xFFFFFFu

struct cpu_features cpu_features; /* no TSC */

static u32 ticks;

/* It wraps around after some 17,000 readings. */
static u32 read_pm(void)
{
	return __atomic_fetch_add(&ticks, 1000, __ATOMIC_RELAXED) & PM_MASK;
}

static const struct counter pm_counter = {"the PM timer", PM_HZ, PM_MASK, read_pm, NULL, NULL};

const struct counter *pm_timer_init(const struct acpi_devices *devices)
{
	(void)devices;
	return &pm_counter;
}

/* -- What the machine has not -- */

const struct counter pit_counter;
const struct alarm_device pit_alarm, hpet_alarm;

const struct counter *hpet_init(u32 at)
{
	(void)at;
	return NULL;
}

bool pit_init(void)
{
	return false;
}

bool pit_start_clock(void)
{
	return false;
}

u64 pit_clock_ticks(void)
{
	return 0;
}

u16 pit_sample(void)
{
	return 0;
}

bool rtc_is_present(void)
{
	return false;
}

u8 rtc_second(void)
{
	return 0;
}

u64 read_tsc(void)
{
	return 0;
}

bool try_read_msr(u32 msr, u32 *low)
{
	(void)msr;
	(void)low;
	return false;
}

bool apic_is_on(void)
{
	return false;
}

void apic_open(void) {}

void apic_timer_unmask(void) {}

void apic_timer_mask(void) {}

void apic_timer_start(u32 count)
{
	(void)count;
}

u32 apic_timer_count(void)
{
	return 0;
}

/* -- The test -- */

static void read_the_time(void)
{
	u64 last = 0;

	while (race_step()) {
		u64 now = timer_now();

		CHECK(now >= last);
		last = now;
	}
}

int main(void)
{
	struct acpi_devices devices = {0};

	timer_init(&devices);
	race_run(CPUS, read_the_time);
	return race_passed("the time never goes back for a CPU");
}

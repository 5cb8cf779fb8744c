/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/acpi_pm_timer.h"

#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"

#define PM_TIMER_HZ 3579545u
#define MASK_24_BITS 0xFFFFFFu
#define COUNT_PATIENCE 10000u /* looks until it must have changed */
#define READ_TRIES 8

static struct {
	struct acpi_register place;
	volatile u32 *memory; /* ACPI_MEMORY */
	u32 mask;
} pm_timer;

static u32 read_once(void)
{
	u32 value =
	    pm_timer.place.space == ACPI_MEMORY ? *pm_timer.memory : inl(pm_timer.place.address);

	return value & pm_timer.mask;
}

/* Some chip sets' timers are read while they change (Intel 82371AB errata, "ACPI timer"), and a value
 * may be wrong either way. Of three readings in order, the one between the two others is right. */
static u32 read_counter(void)
{
	u32 first, middle, last;

	for (u32 i = 0; i < READ_TRIES; i++) {
		first = read_once();
		middle = read_once();
		last = read_once();
		if (((middle - first) & pm_timer.mask) <= pm_timer.mask / 2 &&
		    ((last - middle) & pm_timer.mask) <= pm_timer.mask / 2)
			break;
	}
	return middle;
}

static bool counts(void)
{
	u32 before = read_once();

	for (u32 i = 0; i < COUNT_PATIENCE; i++)
		if (read_once() != before)
			return true;
	return false;
}

static struct counter counter = {
    .name = "the ACPI PM timer", .hz = PM_TIMER_HZ, .read = read_counter};

const struct counter *pm_timer_init(const struct acpi_devices *devices)
{
	u32 at = devices->pm_timer.address;

	pm_timer.place = devices->pm_timer;
	pm_timer.mask = devices->pm_timer_is_32_bits ? UINT32_MAX : MASK_24_BITS;
	if (pm_timer.place.space == ACPI_NOWHERE || at % sizeof(u32))
		return NULL;
	if (pm_timer.place.space == ACPI_MEMORY) {
		pm_timer.memory = host_map_device(to_pfn(at >> FRAME_SHIFT));
		if (!pm_timer.memory)
			return NULL;
		pm_timer.memory += (at & FRAME_OFFSET_MASK) / sizeof(u32);
	}
	counter.mask = pm_timer.mask;
	return counts() ? &counter : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching off: by ACPI (acpi.h); where that is not there or does nothing, by the ports of emulators; then
 * by the BIOS (apm.S).
 */
#include "arch/x86/power.h"

#include "arch/x86/acpi_sleep.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/io.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/pic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define DEBUG_EXIT_PORT 0xF4

#define QEMU_OLD_PM1 0xB004 /* also Bochs */
#define QEMU_PM1 0x604
#define SLEEP_NOW 0x2000
#define BOCHS_SHUTDOWN 0x8900

#define KEYBOARD_CONTROLLER 0x64
#define PULSE_RESET 0xFE
#define PATIENCE 100000u /* looks, of a microsecond each */

static void wait_a_moment(void)
{
	for (u32 i = 0; i < PATIENCE; i++)
		inb(KEYBOARD_CONTROLLER);
}

void debug_exit(u8 value)
{
	outb(DEBUG_EXIT_PORT, value);
}

void power_off(void)
{
	struct acpi_power power;

	if (acpi_find(physical_read, &power)) {
		acpi_power_off(&power);
		wait_a_moment();
	}
	outw(QEMU_PM1, SLEEP_NOW);
	outw(QEMU_OLD_PM1, SLEEP_NOW);
	for (const char *c = "Shutdown"; *c; c++)
		outb(BOCHS_SHUTDOWN, *c);
}

/* By the keyboard controller, which has a line to the CPU's reset; where it has not, by a fault that no
 * table of gates can take (SDM vol. 3, 6.15: the CPU shuts down, and the chip set resets it). */
void machine_restart(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} PACKED nothing = {0, 0};

	outb(KEYBOARD_CONTROLLER, PULSE_RESET);
	wait_a_moment();
	__asm__ volatile("lidt %0; ud2" : : "m"(nothing));
	__builtin_unreachable();
}

extern const u8 apm_start[], apm_end[]; /* apm.S */

/* Its place is below 1 MB, which is nobody's (boot/multiboot.c) and mapped one to one. */
void power_off_by_bios(void)
{
	void *place = frame_map(to_pfn(APM_LOAD >> FRAME_SHIFT));

	pic_mask_all(); /* they would come at vectors that mean something else to the BIOS */
	memcpy(place, apm_start, apm_end - apm_start);
	host_make_executable(to_pfn(APM_LOAD >> FRAME_SHIFT));
	((void (*)(void))place)();
	__builtin_unreachable();
}

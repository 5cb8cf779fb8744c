/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/power.h"

#include "arch/x86/acpi_sleep.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/io.h"

/* The PM1 control registers of emulated chip sets, where there are no ACPI tables to name them. */
#define QEMU_OLD_PM1 0xB004 /* also Bochs */
#define QEMU_PM1 0x604
#define SLEEP_NOW 0x2000
#define NO_PORT 0xFFFF /* of 16 bits */
#define BOCHS_SHUTDOWN 0x8900
#define BOCHS_OUTPUT 0xE9 /* reads as its own number */

#define ACPI_DELAY_US 100000u

static void power_off_by_acpi(void)
{
	struct acpi_power power;

	if (acpi_find(physical_read, &power)) {
		acpi_power_off(&power);
		port_delay(ACPI_DELAY_US);
	}
}

static void power_off_by_emulator(void)
{
	if (inw(QEMU_PM1) != NO_PORT)
		outw(QEMU_PM1, SLEEP_NOW);
	if (inw(QEMU_OLD_PM1) != NO_PORT)
		outw(QEMU_OLD_PM1, SLEEP_NOW);
	if (inb(BOCHS_OUTPUT) != BOCHS_OUTPUT)
		return;
	for (const char *c = "Shutdown"; *c; c++)
		outb(BOCHS_SHUTDOWN, *c);
}

void power_off(void)
{
	power_off_by_acpi();
	power_off_by_emulator();
}

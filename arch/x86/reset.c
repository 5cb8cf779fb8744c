/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/reset.h"

#include "arch/x86/acpi_devices.h"
#include "arch/x86/acpi_sleep.h"
#include "arch/x86/io.h"

#define KEYBOARD_CONTROLLER 0x64
#define NO_CONTROLLER 0xFF
#define PULSE_RESET 0xFE
#define RESET_DELAY_US 100000u

/* ACPI specification 6.4, 4.8.3.6: one byte. */
static void reset_by_acpi(void)
{
	struct acpi_devices devices;

	acpi_find_devices(physical_read, &devices);
	if (devices.reset.space == ACPI_NOWHERE)
		return;
	acpi_write8(&devices.reset, devices.reset_value);
	port_delay(RESET_DELAY_US);
}

/* The keyboard controller has a line to the CPU's reset. */
static void reset_by_keyboard(void)
{
	if (inb(KEYBOARD_CONTROLLER) == NO_CONTROLLER)
		return;
	outb(KEYBOARD_CONTROLLER, PULSE_RESET);
	port_delay(RESET_DELAY_US);
}

/* An exception with an empty IDT shuts the CPU down, and the chip set resets it (SDM vol. 3,
 * 6.15). */
void machine_restart(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} PACKED empty_idt = {0, 0};

	reset_by_acpi();
	reset_by_keyboard();
	__asm__ volatile("lidt %0; ud2" : : "m"(empty_idt));
	__builtin_unreachable();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/reset.h"

#include "arch/x86/io.h"

#define KEYBOARD_CONTROLLER 0x64
#define PULSE_RESET 0xFE
#define RESET_DELAY_US 100000u

/* The keyboard controller has a line to the CPU's reset. Where it has not, an exception with an
 * empty IDT shuts the CPU down, and the chip set resets it (SDM vol. 3, 6.15). */
void machine_restart(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} PACKED empty_idt = {0, 0};

	outb(KEYBOARD_CONTROLLER, PULSE_RESET);
	port_delay(RESET_DELAY_US);
	__asm__ volatile("lidt %0; ud2" : : "m"(empty_idt));
	__builtin_unreachable();
}

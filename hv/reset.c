/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/reset.h"

#include "hv/guest.h"
#include "lib/format.h"

/* The keyboard controller's commands 0xF0 to 0xFF pulse those lines of its output port whose bits
 * are 0. The line of bit 0 resets the CPU. */
#define CONTROLLER_PORT 0x64
#define CONTROLLER_PULSE 0xF0
#define CONTROLLER_NOT_RESET 0x01

/* An exception whose gate is beyond the limit becomes a double fault; if that has no gate, the CPU
 * shuts down, which resets a PC (SDM vol. 3, 6.10 and 6.15). */
#define LIMIT_WITH_DOUBLE_FAULT (VECTOR_DF * sizeof(struct descriptor) + 7)

static void restart(struct guest *g, const char *text, u32 number)
{
	char reason[GUEST_REASON_SIZE];

	snprintf(reason, sizeof(reason), text, number);
	guest_end(g, GUEST_RESTARTING, reason);
}

bool reset_by_output(struct guest *g, u16 port, u8 value)
{
	if (port != CONTROLLER_PORT ||
	    (value & (CONTROLLER_PULSE | CONTROLLER_NOT_RESET)) != CONTROLLER_PULSE)
		return false;
	restart(g, "reset by the keyboard controller: %#x to port 0x64", value);
	return true;
}

bool reset_by_idt(struct guest *g, u16 limit)
{
	if (limit >= LIMIT_WITH_DOUBLE_FAULT)
		return false;
	restart(g, "reset by LIDT: an IDT with limit %u has no gate for double faults", limit);
	return true;
}

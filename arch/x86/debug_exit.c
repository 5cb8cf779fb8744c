/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/debug_exit.h"

#include "arch/x86/io.h"

#define DEBUG_EXIT_PORT 0xF4
#define NO_DEVICE 0xFF /* an empty port; QEMU's device reads as 0 */

void debug_exit(enum exit_value value)
{
	if (inb(DEBUG_EXIT_PORT) != NO_DEVICE)
		outb(DEBUG_EXIT_PORT, value);
}

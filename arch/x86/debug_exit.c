/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/debug_exit.h"

#include "arch/x86/io.h"

#define DEBUG_EXIT_PORT 0xF4

void debug_exit(enum exit_value value)
{
	outb(DEBUG_EXIT_PORT, value);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A panic: an error of the hypervisor itself, never of a guest. hv/monitor/panic.c defines it; in
 * native tests, the test driver does.
 */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include "lib/types.h"

/* Prints the message, without a newline, and ends the machine. */
void panic(const char *text, ...) NORETURN PRINTF_LIKE(1, 2);

/* Halts this CPU if another one is in a panic: for an NMI, by which that one asks for it. `eip`: where this
 * CPU was. */
void panic_stop_here(u32 eip);

/* Panics unless the condition holds. For conditions that no action of a guest can make false.
 * Compiled into every build; each use is a few instructions. */
#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			panic("%s:%d: \"%s\" does not hold", __FILE__, __LINE__, #condition);      \
	} while (0)

#endif

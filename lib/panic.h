/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of everything: an error of the hypervisor's own, never of a guest.
 * Whoever links a room below hv/ provides it: hv/monitor/panic.c on the machine, the test driver natively.
 */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include "lib/types.h"

void panic(const char *text, ...) NORETURN PRINTF_LIKE(1, 2);

/* For what must hold whatever a guest does. Always compiled in; each use is a few instructions. */
#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			panic("%s:%d: \"%s\" does not hold", __FILE__, __LINE__, #condition);      \
	} while (0)

#endif

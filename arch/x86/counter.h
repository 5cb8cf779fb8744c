/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A counter of the machine that runs at a known rate: the TSC is measured and checked by it. */
#ifndef ARCH_X86_COUNTER_H
#define ARCH_X86_COUNTER_H

#include "lib/types.h"

struct counter {
	const char *name;
	u32 hz;
	u32 mask;          /* the bits that it has, from bit 0 up */
	u32 (*read)(void); /* counts up, modulo mask + 1 */

	/* Starts a measurement of at least 50 ms from a value of its own choice; NULL: runs always.
	 * Then has_wrapped tells whether that time is over. */
	void (*begin)(void);
	bool (*has_wrapped)(void);
};

#endif

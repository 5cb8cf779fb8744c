/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that only debug builds do: checks, poison. How long interrupts are off while it goes on is left out of
 * what is measured (hv/base/stretch.h), since a release build is as it would be without.
 */
#ifndef LIB_UNCOUNTED_H
#define LIB_UNCOUNTED_H

#include "lib/types.h"

#if defined(CONFIG_DEBUG) && !defined(CONFIG_NATIVE)

/* hv/stretch.c provides both. */
u32 uncounted_begin(void);
void uncounted_end(u32 begun);

/* The next statement does not count. */
#define UNCOUNTED                                                                                  \
	for (u32 uncounted_at = uncounted_begin(), uncounted = 1; uncounted;                       \
	     uncounted = 0, uncounted_end(uncounted_at))
#else
#define UNCOUNTED
#endif

#endif

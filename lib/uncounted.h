/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that only debug builds do: checks and poison. The lengths of stretches (hv/base/stretch.h)
 * do not include its time, so that a debug build measures the same lengths as a release build.
 */
#ifndef LIB_UNCOUNTED_H
#define LIB_UNCOUNTED_H

#include "lib/types.h"

#if defined(CONFIG_DEBUG) && !defined(CONFIG_NATIVE)

/* hv/stretch.c provides both. */
u32 uncounted_begin(void);
void uncounted_end(u32 begun);

/* The time of the next statement is not measured. */
#define UNCOUNTED                                                                                  \
	for (u32 uncounted_at = uncounted_begin(), uncounted = 1; uncounted;                       \
	     uncounted = 0, uncounted_end(uncounted_at))
#else
#define UNCOUNTED
#endif

#endif

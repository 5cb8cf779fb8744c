/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorted lists of disjoint ranges of machine frames, with at most BOOT_RANGES_MAX entries. */
#ifndef BOOT_RANGES_H
#define BOOT_RANGES_H

#include "lib/types.h"

#define BOOT_RANGES_MAX 64

/* Machine frames first to end-1. */
struct frame_range {
	u32 first, end;
};

/* Adds the frames [first, end), joined with what they overlap or touch. False if the list is full
 * (they are then left out). */
bool ranges_add(struct frame_range *ranges, u32 *count, u32 first, u32 end);

/* Takes the frames [first, end) out. False if the list would need more entries (the smaller
 * remainder is then dropped). */
bool ranges_remove(struct frame_range *ranges, u32 *count, u32 first, u32 end);

#endif

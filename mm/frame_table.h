/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of all frames, with the lists of free runs. It is mm/frames.c's, but whoever lets a guest
 * reach a frame looks into it each time, by frame_assert().
 */
#ifndef MM_FRAME_TABLE_H
#define MM_FRAME_TABLE_H

#include "mm/frames.h"

#define NO_FRAME 0   /* ends a list: frame 0 belongs to the firmware for good */
#define NOT_HEAD 255 /* the order of a frame inside a run, and of one that is in none */

struct frame {
	u32 next, previous; /* heads of free runs: neighbours in the list of their order */
	owner_t owner;
	u8 order; /* of the run that starts here */
	u8 use;   /* enum frame_use */
#ifdef CONFIG_DEBUG
	u32 beside; /* a frame that goes with it */
#endif
};

/* Of the machine, not of a guest: there is one physical memory. */
extern struct frame_table {
	struct frame *frames;
	u32 count;
	u32 heads[FRAME_MAX_ORDER + 1];
	u32 total;     /* frames added */
	u32 free;      /* frames in the lists */
	u32 committed; /* the limits of all open accounts */
	u32 claimed;   /* frames marked by frames_claim, outside total */
} frame_table;

/* Says whose the frame is, and panics. */
void frame_is_not(pfn_t frame, const struct frame_account *account, enum frame_use use) NORETURN;

/* Panics unless the frame belongs to this account and has this use. */
static ALWAYS_INLINE void frame_assert(pfn_t frame, const struct frame_account *account,
				       enum frame_use use)
{
	const struct frame *entry = frame_table.frames + pfn_value(frame);

	if (__builtin_expect(pfn_value(frame) >= frame_table.count, 0) ||
	    __builtin_expect(entry->owner != account->owner, 0) ||
	    __builtin_expect(entry->use != use, 0))
		frame_is_not(frame, account, use);
}

#endif

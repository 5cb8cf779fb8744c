/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of all frames, with the lists of free runs. Only mm/frames.c writes it. Code that lets
 * a guest reach a frame checks the frame's entry each time, by frame_assert().
 */
#ifndef MM_FRAME_TABLE_H
#define MM_FRAME_TABLE_H

#include "mm/frames.h"

#define NO_FRAME 0   /* ends a list: frame 0 always belongs to the firmware */
#define NOT_HEAD 255 /* the order of a frame that no run starts at */

struct frame {
	/* Of the head of a free run: its neighbours in the list of its order. Of a shared frame,
	 * `previous` is the number of its holders. Of another allocated frame: frame_beside and
	 * frame_word. */
	u32 next, previous;
	owner_t owner;
	u8 order; /* of the run that starts here */
	u8 use;   /* enum frame_use */
#ifdef CONFIG_DEBUG
	u32 mark; /* frame_mark's number */
#endif
};

/* There is one for the machine. */
extern struct frame_table {
	struct frame *frames;
	u32 count;
	u32 heads[FRAME_MAX_ORDER + 1];
	u32 total;     /* frames added */
	u32 free;      /* frames in the lists */
	u32 committed; /* the limits of all open accounts */
	u32 shared;    /* frames of OWNER_SHARED but that of zeroes; committed has one for each */
	u32 zeroes;    /* the frame of zeroes; NO_FRAME: there is none yet */
	u32 claimed;   /* frames marked by frames_claim, outside total */
} frame_table;

/* Two words for the owner of an allocated frame, 0 at first: a number, and another frame of the
 * same owner. frame_alloc and frame_alloc_zeroed clear them. */
static inline u32 frame_word(pfn_t frame)
{
	return frame_table.frames[pfn_value(frame)].previous;
}

/* Where this word is. */
static inline u32 *frame_word_at(pfn_t frame)
{
	return &frame_table.frames[pfn_value(frame)].previous;
}

static inline void frame_set_word(pfn_t frame, u32 word)
{
	frame_table.frames[pfn_value(frame)].previous = word;
}

static inline pfn_t frame_beside(pfn_t frame)
{
	return to_pfn(frame_table.frames[pfn_value(frame)].next);
}

static inline void frame_set_beside(pfn_t frame, pfn_t other)
{
	frame_table.frames[pfn_value(frame)].next = pfn_value(other);
}

/* True if a free run of 2^order frames starts at frame `number`. For mm/frames.c and
 * mm/frames_check.c. */
static inline bool is_free_head(u32 number, u32 order)
{
	return number < frame_table.count && frame_table.frames[number].owner == OWNER_FREE &&
	       frame_table.frames[number].order == order;
}

/* True if writing to this frame needs a copy first. False for a frame outside the table. */
static ALWAYS_INLINE bool frame_is_shared(pfn_t frame)
{
	return pfn_value(frame) < frame_table.count &&
	       frame_table.frames[pfn_value(frame)].owner == OWNER_SHARED;
}

/* frame_owner, inlined. */
static ALWAYS_INLINE owner_t frame_owner_quick(pfn_t frame)
{
	return __builtin_expect(pfn_value(frame) < frame_table.count, 1)
		   ? frame_table.frames[pfn_value(frame)].owner
		   : OWNER_FIRMWARE;
}

/* Panics with the frame's owner and use. */
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

/* Panics unless the frame is shared, and guest memory. */
static inline void frame_assert_shared(pfn_t frame, const struct frame_account *account)
{
	const struct frame *entry = frame_table.frames + pfn_value(frame);

	if (pfn_value(frame) >= frame_table.count || entry->owner != OWNER_SHARED ||
	    entry->use != FRAME_MEMORY)
		frame_is_not(frame, account, FRAME_MEMORY);
}

#endif

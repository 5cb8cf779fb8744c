/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame table, for contracts: the owner and the use of each frame.
 */
#ifndef PROOF_FRAME_TABLE_H
#define PROOF_FRAME_TABLE_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "mm/frame_table.h"
#include "proof/trust.h"

#define FRAME_NUMBERS 0x100000 /* 4 GB */
#define ALL_FRAMES (0 .. frame_table.count - 1)
#define OWNER_OF(frame) frame_table.frames[frame].owner
#define TABLE_IS_VALID                                                                             \
	(0 < frame_table.count <= FRAME_NUMBERS && \valid(frame_table.frames + ALL_FRAMES))

/* The locations that the allocator writes. */
#define LISTS                                                                                      \
	frame_table.heads[0 .. FRAME_MAX_ORDER],                                                   \
		frame_table.frames[0 .. frame_table.count - 1].next,                               \
		frame_table.frames[0 .. frame_table.count - 1].previous,                           \
		ORDERS
#define ORDERS frame_table.frames[0 .. frame_table.count - 1].order
#define OWNERS frame_table.frames[0 .. frame_table.count - 1].owner
#define USES frame_table.frames[0 .. frame_table.count - 1].use
#define APART(what) \separated(what, frame_table.frames + ALL_FRAMES)

/*@ predicate is_frame_of(u32 frame, struct frame_account *account, integer use) =
      frame < frame_table.count && OWNER_OF(frame) == account->owner &&
      frame_table.frames[frame].use == use; */

/*@ requires TABLE_IS_VALID && \valid_read(account);
    assigns \nothing;
    ensures frame < FRAME_NUMBERS && is_frame_of(frame, account, use); */
static inline void frame_assert(pfn_t frame, const struct frame_account *account,
				enum frame_use use);

/*@ predicate is_shared_frame(u32 frame) =
      frame < frame_table.count && OWNER_OF(frame) == OWNER_SHARED;

    predicate is_shared_memory(u32 frame) =
      is_shared_frame(frame) && frame_table.frames[frame].use == FRAME_MEMORY; */

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures \result != 0 <==> is_shared_frame(frame); */
static inline bool frame_is_shared(pfn_t frame);

/*@ requires TABLE_IS_VALID && \valid_read(account);
    assigns \nothing;
    ensures frame < FRAME_NUMBERS && is_shared_memory(frame); */
static inline void frame_assert_shared(pfn_t frame, const struct frame_account *account);

/*@ assigns \nothing;
    ensures \false; */
void frame_is_not(pfn_t frame, const struct frame_account *account, enum frame_use use);

#endif

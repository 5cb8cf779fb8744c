/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contracts of the gateway to a guest's memory.
 */
#ifndef PROOF_MEMORY_H
#define PROOF_MEMORY_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "proof/frame_table.h"
#include "mm/guest_memory.h"

/* To give a frame out writes this. */
#define GIVING_OUT                                                                                 \
	memory->touched, memory->table_frames, memory->account->used, LISTS, OWNERS, USES,         \
		frame_table.free, physical_memory[0 .. FRAME_NUMBERS * FRAME_WORDS - 1]

/* Of what it returns nothing is taken on trust. */
/*@ assigns *frame, GIVING_OUT; */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/* Nor does this say more of the frame than that it is for a gfn in memory: whose it is, make_spte
 * asks the frame table. */
/*@ requires \valid(memory) && \valid(frame) && \separated(frame, memory);
    requires memory->frames <= FRAME_NUMBERS;
    assigns *frame, GIVING_OUT;
    ensures \result != 0 ==> gfn < \old(memory->frames); */
static inline bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*@ requires \valid_read(memory) && memory->frames <= FRAME_NUMBERS;
    assigns \nothing;
    ensures \result != 0 <==> at + size <= memory->frames * FRAME_SIZE; */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contracts of the functions that find the frames of a guest's memory.
 */
#ifndef PROOF_MEMORY_H
#define PROOF_MEMORY_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "proof/frame_table.h"
#include "mm/guest_memory.h"

/* The locations that an allocation, copy or take-over of a frame writes. (A copy also closes windows
 * of the fast path.) */
#define GIVING_OUT                                                                                 \
	memory->touched, memory->owned, memory->owned_max, memory->spent, memory->table_frames,    \
		memory->ascending, memory->newest, memory->account->used, memory->account->limit,  \
		LISTS, OWNERS, USES, frame_table.free, frame_table.shared, frame_table.committed,  \
		physical_memory[0 .. FRAME_NUMBERS * FRAME_WORDS - 1]

/* Nothing else is assumed about the frame that it returns, nor proved: the tests of the allocator and
 * of the shadow engine show it. */
/*@ assigns *frame, GIVING_OUT;
    ensures \result != 0 && intent == TO_WRITE ==> !is_shared_frame(*frame); */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, enum guest_intent intent,
			pfn_t *frame);

/*@ assigns GIVING_OUT; */
bool guest_memory_own(struct guest_memory *memory, gfn_t gfn, struct gfn_entry *entry);

/*@ requires \valid_read(memory) && memory->frames <= FRAME_NUMBERS;
    assigns \nothing;
    ensures memory: \result != \null ==> gfn < memory->frames && \valid_read(\result); */
static inline u32 *guest_memory_words(const struct guest_memory *memory, gfn_t gfn);

/* Of the frame, this states only that its gfn is in memory, and that one to write to is not shared.
 * sh_make_spte checks the owner in the frame table. */
/*@ requires TABLE_IS_VALID;
    requires \valid(memory) && \valid(frame) && \separated(frame, memory) && APART(frame);
    requires memory->frames <= FRAME_NUMBERS;
    assigns *frame, GIVING_OUT;
    ensures memory: \result != 0 ==> gfn < \old(memory->frames);
    ensures intent: \result != 0 && intent == TO_WRITE ==> !is_shared_frame(*frame); */
static inline bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn,
				      enum guest_intent intent, pfn_t *frame);

/*@ requires \valid_read(memory) && memory->frames <= FRAME_NUMBERS;
    assigns \nothing;
    ensures \result != 0 <==> at + size <= memory->frames * FRAME_SIZE; */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

#endif

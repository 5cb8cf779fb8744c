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

/* The locations that an allocation of a frame writes. */
#define GIVING_OUT                                                                                 \
	memory->touched, memory->table_frames, memory->ascending, memory->newest,                  \
		memory->account->used, LISTS, OWNERS, USES,                                        \
		frame_table.free, physical_memory[0 .. FRAME_NUMBERS * FRAME_WORDS - 1]

/* Nothing is assumed about the frame that it returns. */
/*@ assigns *frame, GIVING_OUT; */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*@ requires \valid_read(memory) && memory->frames <= FRAME_NUMBERS;
    assigns \nothing;
    ensures memory: \result != \null ==> gfn < memory->frames && \valid_read(\result); */
static inline u32 *guest_memory_words(const struct guest_memory *memory, gfn_t gfn);

/* Of the frame, this states only that its gfn is in memory. sh_make_spte checks the owner in the
 * frame table. */
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

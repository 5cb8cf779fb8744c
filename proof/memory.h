/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of physical memory and whose they are, for contracts; and the contract of the gateway
 * to a guest's memory.
 */
#ifndef PROOF_MEMORY_H
#define PROOF_MEMORY_H

#include "mm/frame_map.h"
#include "mm/guest_memory.h"

#define FRAME_NUMBERS 0x100000 /* 4 GB */

/* The owner of each frame. In the proof of mm/frames.c it is the frame table itself. */
#ifndef OWNER_OF
extern owner_t owners[FRAME_NUMBERS];
#define OWNER_OF(frame) owners[frame]
#endif

/* The frame that a mapping shows is what no C program can say: this is taken on trust. */
/*@ axiomatic PhysicalMemory {
      logic u32 *words_of(u32 frame) reads \nothing;
    } */

/*@ assigns \nothing;
    ensures (u32 *)\result == words_of(frame); */
static inline void *frame_map(pfn_t frame);

/*@ assigns \nothing; */
static inline void frame_unmap(const void *mapped);

/*@ predicate is_frame_of(struct guest_memory *memory, u32 frame) =
      0 < frame < FRAME_NUMBERS && OWNER_OF(frame) == memory->account->owner;

    predicate lists_frames_of(struct guest_memory *memory, u32 leaf) =
      \valid(words_of(leaf) + (0 .. GFNS_PER_LEAF - 1)) &&
      \forall u32 i; i < GFNS_PER_LEAF ==>
        words_of(leaf)[i] == 0 || is_frame_of(memory, words_of(leaf)[i]);

    predicate is_sound(struct guest_memory *memory) =
      \valid_read(memory) && \valid_read(memory->account) && memory->frames <= FRAME_NUMBERS &&
      \valid(words_of(memory->directory) + (0 .. GFNS_PER_LEAF - 1)) &&
      \forall u32 i; i < GFNS_PER_LEAF ==>
        words_of(memory->directory)[i] == 0 ||
        lists_frames_of(memory, words_of(memory->directory)[i]); */

/* Taken on trust. It gives frames out, for the table too: so there is no saying what it writes, and
 * nothing that was known before is known after it. */
/*@ requires is_sound(memory) && \valid(frame);
    ensures \result != 0 ==> gfn < \old(memory->frames) && is_frame_of(memory, *frame); */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*@ requires is_sound(memory) && \valid(frame) && \separated(frame, memory, memory->account);
    ensures \result != 0 ==> gfn < \old(memory->frames) && is_frame_of(memory, *frame); */
static inline bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*@ requires \valid_read(memory) && memory->frames <= FRAME_NUMBERS;
    assigns \nothing;
    ensures \result != 0 <==> at + size <= memory->frames * FRAME_SIZE; */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

#endif

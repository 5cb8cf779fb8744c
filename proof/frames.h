/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contracts of the frame allocator: who is given a frame, and who can give one back. That a free
 * frame is found as long as there is one, and that the lists are whole, is not said here.
 */
#ifndef PROOF_FRAMES_H
#define PROOF_FRAMES_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "mm/frame_map.h"
#include "mm/frame_table.h"

#define ALL_FRAMES (0 .. table.count - 1)
#define LISTS                                                                                      \
	table.heads[0 .. FRAME_MAX_ORDER], table.frames[0 .. table.count - 1].next,                \
		table.frames[0 .. table.count - 1].previous, table.frames[0 .. table.count - 1].order
#define APART(what) \separated(what, table.frames + ALL_FRAMES)

/* The contents of each frame. That a mapping shows the frame it is asked for is what no C program
 * can say: this is taken on trust. */
/*@ axiomatic PhysicalMemory {
      logic u8 *bytes_of(u32 frame) reads \nothing;
    } */
#define BYTES_OF(frame) (bytes_of(frame) + (0 .. FRAME_SIZE - 1))

/* All that is asked of the lists: what is followed leads into the table. */
#define LEAD_INTO_TABLE(link, but)                                                                 \
	(\forall integer f; 0 <= f < table.count && f != (but) &&                                 \
		table.frames[f].owner == OWNER_FREE && table.frames[f].order <= FRAME_MAX_ORDER ==> \
			table.frames[f].link < table.count)
#define HEADS_LEAD_INTO_TABLE                                                                      \
	(\forall integer order; 0 <= order <= FRAME_MAX_ORDER ==> table.heads[order] < table.count)
#define TABLE_IS_VALID (0 < table.count && \valid(table.frames + ALL_FRAMES))
#define LINKS_ARE_IN_TABLE_BUT(but)                                                                \
	(TABLE_IS_VALID && HEADS_LEAD_INTO_TABLE && LEAD_INTO_TABLE(next, but) &&                  \
	 LEAD_INTO_TABLE(previous, but))
#define LINKS_ARE_IN_TABLE LINKS_ARE_IN_TABLE_BUT(-1)

#define OTHERS_KEEP_THEIRS(changed)                                                                \
	(\forall integer f; 0 <= f < table.count && f != (changed) ==>                            \
		table.frames[f].owner == \old(table.frames[f].owner))

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures \result != 0 <==> number < table.count &&
      table.frames[number].owner == OWNER_FREE && table.frames[number].order == order; */
static bool is_free_head(u32 number, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < table.count && LINKS_ARE_IN_TABLE;
    assigns LISTS;
    ensures LINKS_ARE_IN_TABLE; */
static void list_push(u32 head, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < table.count && LINKS_ARE_IN_TABLE;
    requires table.frames[head].next < table.count && table.frames[head].previous < table.count;
    assigns LISTS;
    ensures LINKS_ARE_IN_TABLE; */
static void list_remove(u32 head, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && LINKS_ARE_IN_TABLE;
    assigns LISTS;
    ensures links: LINKS_ARE_IN_TABLE;
    ensures free: \result != NO_FRAME ==>
      \result < table.count && table.frames[\result].owner == OWNER_FREE; */
static inline u32 take_run(u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < table.count && LINKS_ARE_IN_TABLE_BUT(head);
    assigns LISTS, table.free;
    ensures links: LINKS_ARE_IN_TABLE; */
static inline void put_run(u32 head, u32 order);

/* A panic does not come back. */
/*@ assigns \nothing;
    ensures \false; */
void panic(const char *text, ...);

/*@ assigns \nothing;
    ensures \false; */
static void bad_free(const struct frame_account *account, u32 order, u32 number);

/*@ requires TABLE_IS_VALID && \valid_read(account);
    assigns \nothing;
    ensures number < table.count && table.frames[number].owner == account->owner &&
      table.frames[number].order == order; */
static inline void check_free(const struct frame_account *account, u32 order, u32 number);

/*@ assigns *BYTES_OF(number); */
static void poison(u32 number);

#define GIVEN                                                                                      \
	table.frames[number].owner, table.frames[number].order, table.frames[number].use,          \
		table.frames[number].previous

/*@ requires LINKS_ARE_IN_TABLE && number < table.count && owner != OWNER_FREE;
    assigns GIVEN;
    ensures links: LINKS_ARE_IN_TABLE;
    ensures owner: table.frames[number].owner == owner;
    ensures others: OTHERS_KEEP_THEIRS(number); */
static inline void give(u32 number, owner_t owner);

/*@ requires LINKS_ARE_IN_TABLE && owner != OWNER_FREE;
    assigns LISTS, table.free, table.frames[0 .. table.count - 1].owner,
      table.frames[0 .. table.count - 1].use;
    ensures links: LINKS_ARE_IN_TABLE;
    ensures in_table: 0 < \result < table.count;
    ensures was_free: \at(table.frames[\at(\result, Post)].owner, Pre) == OWNER_FREE;
    ensures owner: table.frames[\result].owner == owner;
    ensures others: OTHERS_KEEP_THEIRS(\result); */
static inline u32 take_frame(owner_t owner);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && \valid(frame) && \separated(account, frame);
    requires APART(account) && APART(frame) && account->owner >= OWNER_UMBRA;
    assigns account->used, *frame, LISTS, table.free, table.frames[0 .. table.count - 1].owner,
      table.frames[0 .. table.count - 1].use;
    ensures links: LINKS_ARE_IN_TABLE;
    ensures limit: \result != 0 ==> \old(account->used) < account->limit;
    ensures in_table: \result != 0 ==> 0 < *frame < table.count;
    ensures was_free: \result != 0 ==>
      \at(table.frames[\at(*frame, Post)].owner, Pre) == OWNER_FREE;
    ensures owner: \result != 0 ==> table.frames[*frame].owner == account->owner;
    ensures count: \result != 0 ==> account->used == \old(account->used) + 1;
    ensures others: \result != 0 ==> OTHERS_KEEP_THEIRS(*frame);
    ensures refused: \result == 0 ==>
      OTHERS_KEEP_THEIRS(-1) && account->used == \old(account->used); */
bool frame_alloc(struct frame_account *account, pfn_t *frame);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && APART(account) && account->used > 0;
    requires account->owner >= OWNER_UMBRA;
    requires APART(BYTES_OF(frame)) && \separated(BYTES_OF(frame), account);
    assigns account->used, *BYTES_OF(frame), LISTS, table.free,
      table.frames[0 .. table.count - 1].owner;
    ensures links: LINKS_ARE_IN_TABLE;
    ensures was_its_own: frame < table.count && \old(table.frames[frame].owner) == account->owner;
    ensures free: table.frames[frame].owner == OWNER_FREE;
    ensures count: account->used == \old(account->used) - 1;
    ensures others: OTHERS_KEEP_THEIRS(frame); */
void frame_free(struct frame_account *account, pfn_t frame);

#endif

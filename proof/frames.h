/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contracts of the frame allocator: the owner that gets a frame, and the owner that may free it.
 * They do not state that a free frame is found whenever there is one, nor that the lists are
 * complete.
 */
#ifndef PROOF_FRAMES_H
#define PROOF_FRAMES_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "proof/frame_table.h"

/* The contents of each frame. No C program can state that a mapping shows the frame that it was
 * made for: this is assumed. */
/*@ axiomatic FrameContents {
      logic u8 *bytes_of(u32 frame) reads \nothing;
    } */
#define BYTES_OF(first, count) (bytes_of(first) + (0 .. (count) * FRAME_SIZE - 1))

/* The only requirement on the lists: each link that is followed leads into the table. */
#define LEAD_INTO_TABLE(link, but)                                                                 \
	(\forall integer f; 0 <= f < frame_table.count && f != (but) &&                            \
		OWNER_OF(f) == OWNER_FREE && frame_table.frames[f].order <= FRAME_MAX_ORDER ==>    \
			frame_table.frames[f].link < frame_table.count)
#define HEADS_LEAD_INTO_TABLE                                                                      \
	(\forall integer order; 0 <= order <= FRAME_MAX_ORDER ==>                                  \
		frame_table.heads[order] < frame_table.count)
#define LINKS_ARE_IN_TABLE_BUT(but)                                                                \
	(TABLE_IS_VALID && HEADS_LEAD_INTO_TABLE && LEAD_INTO_TABLE(next, but) &&                  \
	 LEAD_INTO_TABLE(previous, but))
#define LINKS_ARE_IN_TABLE LINKS_ARE_IN_TABLE_BUT(-1)
/* The same as separate clauses, one goal for each. */
#define ENSURES_LINKS_ARE_IN_TABLE                                                                 \
	ensures heads: TABLE_IS_VALID && HEADS_LEAD_INTO_TABLE;                                    \
	ensures next: LEAD_INTO_TABLE(next, -1);                                                   \
	ensures previous: LEAD_INTO_TABLE(previous, -1)

#define OTHERS_KEEP_THEIRS(changed)                                                                \
	(\forall integer f; 0 <= f < frame_table.count && f != (changed) ==>                       \
		OWNER_OF(f) == \old(OWNER_OF(f)))

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures \result != 0 <==> number < frame_table.count &&
      OWNER_OF(number) == OWNER_FREE && frame_table.frames[number].order == order; */
static bool is_free_head(u32 number, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < frame_table.count && LINKS_ARE_IN_TABLE;
    assigns LISTS;
    ENSURES_LINKS_ARE_IN_TABLE; */
static void list_push(u32 head, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < frame_table.count && LINKS_ARE_IN_TABLE;
    requires frame_table.frames[head].next < frame_table.count;
    requires frame_table.frames[head].previous < frame_table.count;
    assigns LISTS;
    ENSURES_LINKS_ARE_IN_TABLE; */
static void list_remove(u32 head, u32 order);

/*@ requires order <= FRAME_MAX_ORDER && LINKS_ARE_IN_TABLE;
    assigns LISTS;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures free: \result != NO_FRAME ==>
      \result < frame_table.count && OWNER_OF(\result) == OWNER_FREE; */
static inline u32 take_run(u32 order);

/*@ requires order <= FRAME_MAX_ORDER && head < frame_table.count && LINKS_ARE_IN_TABLE_BUT(head);
    assigns LISTS, frame_table.free;
    ENSURES_LINKS_ARE_IN_TABLE; */
static inline void put_run(u32 head, u32 order);

/*@ assigns \nothing;
    ensures \false; */
static void bad_free(const struct frame_account *account, u32 order, u32 number);

/*@ requires TABLE_IS_VALID && \valid_read(account);
    assigns \nothing;
    ensures number < frame_table.count && OWNER_OF(number) == account->owner &&
      frame_table.frames[number].order == order; */
static inline void check_free(const struct frame_account *account, u32 order, u32 number);

/*@ assigns *BYTES_OF(first, count); */
static void poison(u32 first, u32 count);

/* All frames of the run from `first` on belonged to `from` and now belong to `to`, and no other
 * frame has a new owner. */
/*@ predicate is_in_run(integer frame, integer first, integer count) =
      first <= frame < first + count;

    predicate has_changed_hands{Before, After}(integer first, integer count,
                                               integer from, integer to) =
      first + count <= \at(frame_table.count, Before) &&
      (\forall integer f; is_in_run(f, first, count) ==>
        \at(OWNER_OF(f), Before) == from && \at(OWNER_OF(f), After) == to) &&
      (\forall integer f;
        0 <= f < \at(frame_table.count, Before) && !is_in_run(f, first, count) ==>
          \at(OWNER_OF(f), Before) == \at(OWNER_OF(f), After)); */

#define ENSURES_LENGTH(n) ensures order == (n) ==> \result == 1 << (n)

/*@ requires order <= FRAME_MAX_ORDER;
    assigns \nothing;
    ensures \result == (u32)(1 << order);
    ENSURES_LENGTH(0); ENSURES_LENGTH(1); ENSURES_LENGTH(2); ENSURES_LENGTH(3);
    ENSURES_LENGTH(4); ENSURES_LENGTH(5); ENSURES_LENGTH(6); ENSURES_LENGTH(7);
    ENSURES_LENGTH(8); ENSURES_LENGTH(9); ENSURES_LENGTH(10); */
static u32 length_of(u32 order);

/*@ requires LINKS_ARE_IN_TABLE && first <= frame_table.count;
    assigns OWNERS, ORDERS, USES;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures owners: has_changed_hands{Pre, Post}(first, count, from, to); */
static void change_owner(u32 first, u32 count, owner_t from, owner_t to);

#define GIVEN                                                                                      \
	OWNER_OF(number), frame_table.frames[number].order, frame_table.frames[number].use,        \
		frame_table.frames[number].next, frame_table.frames[number].previous

/*@ requires LINKS_ARE_IN_TABLE && number < frame_table.count && owner != OWNER_FREE;
    assigns GIVEN;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures owner: OWNER_OF(number) == owner;
    ensures others: OTHERS_KEEP_THEIRS(number); */
static inline void give(u32 number, owner_t owner);

/*@ requires LINKS_ARE_IN_TABLE && owner != OWNER_FREE;
    assigns LISTS, frame_table.free, OWNERS, USES;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures in_table: 0 < \result < frame_table.count;
    ensures was_free: \at(OWNER_OF(\at(\result, Post)), Pre) == OWNER_FREE;
    ensures owner: OWNER_OF(\result) == owner;
    ensures others: OTHERS_KEEP_THEIRS(\result); */
static inline u32 take_frame(owner_t owner);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && \valid(frame) && \separated(account, frame);
    requires APART(account) && APART(frame) && account->owner >= OWNER_UMBRA;
    assigns account->used, *frame, LISTS, frame_table.free, OWNERS, USES;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures limit: \result != 0 ==> \old(account->used) < account->limit;
    ensures in_table: \result != 0 ==> 0 < *frame < frame_table.count;
    ensures was_free: \result != 0 ==>
      \at(OWNER_OF(\at(*frame, Post)), Pre) == OWNER_FREE;
    ensures owner: \result != 0 ==> OWNER_OF(*frame) == account->owner;
    ensures count: \result != 0 ==> account->used == \old(account->used) + 1;
    ensures others: \result != 0 ==> OTHERS_KEEP_THEIRS(*frame);
    ensures refused: \result == 0 ==>
      OTHERS_KEEP_THEIRS(-1) && account->used == \old(account->used); */
bool frame_alloc(struct frame_account *account, pfn_t *frame);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && APART(account) && account->used > 0;
    requires account->owner >= OWNER_UMBRA;
    requires APART(BYTES_OF(frame, 1)) && \separated(BYTES_OF(frame, 1), account);
    assigns account->used, *BYTES_OF(frame, 1), LISTS, frame_table.free, OWNERS;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures was_its_own: frame < frame_table.count && \old(OWNER_OF(frame)) == account->owner;
    ensures free: OWNER_OF(frame) == OWNER_FREE;
    ensures count: account->used == \old(account->used) - 1;
    ensures others: OTHERS_KEEP_THEIRS(frame); */
void frame_free(struct frame_account *account, pfn_t frame);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && \valid(first) && \separated(account, first);
    requires APART(account) && APART(first) && account->owner >= OWNER_UMBRA;
    requires account->used <= account->limit;
    assigns account->used, *first, LISTS, frame_table.free, OWNERS, USES;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures limit: \result != 0 ==> account->used <= account->limit;
    ensures count: \result != 0 ==> account->used == \old(account->used) + (u32)(1 << order);
    ensures owners: \result != 0 ==>
      has_changed_hands{Pre, Post}(*first, (u32)(1 << order), OWNER_FREE, account->owner);
    ensures refused: \result == 0 ==>
      OTHERS_KEEP_THEIRS(-1) && account->used == \old(account->used); */
bool frame_alloc_run(struct frame_account *account, u32 order, pfn_t *first);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && APART(account) && account->used >= (u32)(1 << order);
    requires account->owner >= OWNER_UMBRA;
    requires APART(BYTES_OF(first, (u32)(1 << order)));
    requires \separated(BYTES_OF(first, (u32)(1 << order)), account);
    assigns account->used, *BYTES_OF(first, (u32)(1 << order)), LISTS, frame_table.free, OWNERS,
      USES;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures owners:
      has_changed_hands{Pre, Post}(first, (u32)(1 << order), \old(account->owner), OWNER_FREE);
    ensures count: account->used == \old(account->used) - (u32)(1 << order); */
void frame_free_run(struct frame_account *account, u32 order, pfn_t first);

/* -- Shared frames: an owner changes only to OWNER_SHARED, from it to the last holder, or to free - */

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures \result == (frame < frame_table.count ? OWNER_OF(frame) : OWNER_FIRMWARE); */
owner_t frame_owner(pfn_t frame);

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures \false; */
static void panic_not_shared(pfn_t frame);

/*@ requires TABLE_IS_VALID;
    assigns \nothing;
    ensures is_shared_frame(frame) && \result == frame_table.frames + frame; */
static struct frame *shared_frame(pfn_t frame);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && \valid(funds) && \separated(account, funds);
    requires APART(account) && APART(funds) && account->used > 0;
    requires account->owner >= OWNER_UMBRA;
    assigns account->used, funds->limit, LISTS, OWNERS, frame_table.shared;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures was_its_own: frame < frame_table.count && \old(OWNER_OF(frame)) == account->owner;
    ensures memory: is_shared_memory(frame);
    ensures holders: frame_table.frames[frame].previous == 1;
    ensures paid: account->used == \old(account->used) - 1 &&
      funds->limit == \old(funds->limit) - 1 >= funds->used;
    ensures others: OTHERS_KEEP_THEIRS(frame); */
void frame_share(struct frame_account *account, struct frame_account *funds, pfn_t frame);

/*@ requires LINKS_ARE_IN_TABLE;
    assigns LISTS;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures shared: frame == frame_table.zeroes || is_shared_frame(frame); */
void frame_hold(pfn_t frame);

/*@ requires LINKS_ARE_IN_TABLE && APART(BYTES_OF(frame, 1));
    assigns *BYTES_OF(frame, 1), LISTS, OWNERS, frame_table.free, frame_table.shared,
      frame_table.committed;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures was_shared: frame == frame_table.zeroes || \old(is_shared_frame(frame));
    ensures last: frame != frame_table.zeroes && \old(frame_table.frames[frame].previous) == 1 ==>
      OWNER_OF(frame) == OWNER_FREE;
    ensures held: frame != frame_table.zeroes && \old(frame_table.frames[frame].previous) > 1 ==>
      OWNER_OF(frame) == OWNER_SHARED;
    ensures zeroes: frame == frame_table.zeroes ==> OTHERS_KEEP_THEIRS(-1);
    ensures others: OTHERS_KEEP_THEIRS(frame); */
void frame_drop(pfn_t frame);

/*@ requires LINKS_ARE_IN_TABLE;
    requires \valid(account) && APART(account) && account->owner > OWNER_SHARED;
    requires account->used <= account->limit < FRAME_NUMBERS;
    assigns account->used, account->limit, LISTS, OWNERS, frame_table.shared,
      frame_table.committed;
    ENSURES_LINKS_ARE_IN_TABLE;
    ensures last: \result != 0 ==> frame != frame_table.zeroes &&
      \old(is_shared_frame(frame)) && \old(frame_table.frames[frame].previous) == 1;
    ensures owner: \result != 0 ==> OWNER_OF(frame) == account->owner;
    ensures paid: \result != 0 ==>
      account->used == \old(account->used) + 1 && account->used <= account->limit;
    ensures others: OTHERS_KEEP_THEIRS(frame);
    ensures refused: \result == 0 ==>
      OTHERS_KEEP_THEIRS(-1) && account->used == \old(account->used) &&
      account->limit == \old(account->limit); */
bool frame_take_over(struct frame_account *account, pfn_t frame);

#endif

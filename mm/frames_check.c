// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The audit of the frame table: checks that lists, owners and counts agree. A panic names the first
 * disagreement.
 */
#include "mm/frame_table.h"

#include "lib/panic.h"

/* A walk through the whole table, and its pauses. */
struct check {
	void (*pause)(void);
	u32 looks; /* at frames since the last pause */
};

#define LOOKS_AT_ONCE 1024u

static void look(struct check *check)
{
	if (++check->looks < LOOKS_AT_ONCE)
		return;
	check->looks = 0;
	if (check->pause)
		check->pause();
}

/* A free run: aligned, all of it free, none of it in another run, its buddy not free as well. */
static void check_run(struct check *check, u32 head, u32 order)
{
	u32 count = 1u << order, i;

	if (head & (count - 1) || head + count > frame_table.count || !is_free_head(head, order))
		panic("frames_check: 0x%x is no free run of order %u", head, order);
	for (i = head + 1; i < head + count; i++) {
		if (frame_table.frames[i].owner != OWNER_FREE ||
		    frame_table.frames[i].order != NOT_HEAD)
			panic("frames_check: frame 0x%x inside free run 0x%x", i, head);
		look(check);
	}
	if (order < FRAME_MAX_ORDER && is_free_head(head ^ count, order))
		panic("frames_check: free buddies 0x%x and 0x%x", head, head ^ count);
}

/* Returns the number of frames in the list. A list with more frames than the allocator was given is
 * a loop. */
static u32 check_list(struct check *check, u32 order)
{
	u32 head, previous = NO_FRAME, found = 0;

	for (head = frame_table.heads[order]; head != NO_FRAME;
	     head = frame_table.frames[head].next) {
		check_run(check, head, order);
		if (frame_table.frames[head].previous != previous)
			panic("frames_check: 0x%x is not linked back to 0x%x", head, previous);
		found += 1u << order;
		if (found > frame_table.total)
			panic("frames_check: the list of order %u is a loop", order);
		previous = head;
		look(check);
	}
	return found;
}

static void check_counts(u32 listed, u32 free, u32 owned, u32 shared)
{
	if (listed != frame_table.free || free != frame_table.free)
		panic("frames_check: %u frames free, %u in lists, %u counted", free, listed,
		      frame_table.free);
	if (owned != frame_table.total - frame_table.free + frame_table.claimed)
		panic("frames_check: %u frames owned, %u expected", owned,
		      frame_table.total - frame_table.free + frame_table.claimed);
	if (shared != frame_table.shared)
		panic("frames_check: %u frames shared, %u expected", shared, frame_table.shared);
	if (frame_table.committed > frame_table.total ||
	    frame_table.total - frame_table.free > frame_table.committed)
		panic("frames_check: %u frames used, %u set aside, %u in all",
		      frame_table.total - frame_table.free, frame_table.committed,
		      frame_table.total);
}

void frames_check(void (*pause)(void))
{
	struct check check = {.pause = pause};
	u32 listed = 0, free = 0, owned = 0, shared = 0, order, i;

	for (order = 0; order <= FRAME_MAX_ORDER; order++)
		listed += check_list(&check, order);
	for (i = 0; i < frame_table.count; i++) {
		free += frame_table.frames[i].owner == OWNER_FREE;
		owned += frame_table.frames[i].owner >= OWNER_UMBRA;
		shared += frame_holders(to_pfn(i)) > 0;
		look(&check);
	}
	check_counts(listed, free, owned, shared);
}

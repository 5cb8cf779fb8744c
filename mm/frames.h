/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns each frame of physical memory.
 *
 * A binary buddy system (Knuth 2.5; Tanenbaum, "The buddy algorithm") over a table with one entry
 * per frame. Every frame has an owner at all times: nobody (free), the firmware (never given out),
 * the hypervisor, or one guest. Allocation goes through an account: opening an account sets frames
 * aside for it, so that an allocation within the account's limit cannot fail, whatever the other
 * guests do.
 *
 * Counts are exact: free + owned by each owner = all frames added. In debug builds a freed frame is filled
 * with FRAME_POISON. Freeing a frame twice, or one of another owner, is a bug of the hypervisor: panic.
 */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include "mm/address.h"

typedef u16 owner_t;

#define OWNER_FREE 0u         /* in the buddy system's lists */
#define OWNER_FIRMWARE 1u     /* not ours: holes, firmware, MMIO */
#define OWNER_UMBRA 2u        /* the hypervisor's own */
#define OWNER_FIRST_GUEST 16u /* guest n is owner 16 + n */

#define FRAME_POISON 0xDBu  /* every byte of a freed frame */
#define FRAME_MAX_ORDER 10u /* the longest run is 2^10 frames, 4 MB */

/* What one owner may have, and has. Open it before use; one account per owner at a time. */
struct frame_account {
	owner_t owner;
	u32 limit; /* frames set aside for this account */
	u32 used;  /* of these, the ones allocated now: never above limit */
};

/* Bytes that the table for `frame_count` frames (pfn 0 to frame_count-1) takes. */
u32 frames_table_size(u32 frame_count);

/* Starts with every frame the firmware's. `table` is frames_table_size(frame_count) bytes,
 * aligned to 8, and stays in use for good. */
void frames_init(void *table, u32 frame_count);

/* Gives RAM to the allocator: [first, first+count) become free. They must be the firmware's until
 * now and inside the table, else panic. */
void frames_add(pfn_t first, u32 count);

/* Marks frames that are in use from the start (the image, modules) as the hypervisor's own, for
 * the record; they must be the firmware's until now. They are never freed. */
void frames_claim(pfn_t first, u32 count);

/* Sets `limit` frames aside for `owner`. False, and nothing done, if that many are not both free
 * and unspoken for. */
bool frames_open(struct frame_account *account, owner_t owner, u32 limit);

/* Gives back what was set aside. Everything must have been freed before, else panic. */
void frames_close(struct frame_account *account);

/* One frame, contents undefined. False if the account is at its limit. */
bool frame_alloc(struct frame_account *account, pfn_t *frame);

/* One frame, all zero. */
bool frame_alloc_zeroed(struct frame_account *account, pfn_t *frame);

/* 2^order frames, contiguous and aligned to their size; order is 0 to FRAME_MAX_ORDER. False at
 * the limit or when no such run is free. Freed with the same order. */
bool frame_alloc_run(struct frame_account *account, u32 order, pfn_t *first);

void frame_free(struct frame_account *account, pfn_t frame);
void frame_free_run(struct frame_account *account, u32 order, pfn_t first);

/* OWNER_FIRMWARE for a frame outside the table. */
owner_t frame_owner(pfn_t frame);

/* What a frame is to its owner. Only FRAME_MEMORY may ever be reached by a guest. */
enum frame_use {
	FRAME_OTHER,  /* as allocated */
	FRAME_MEMORY, /* a guest's memory */
	FRAME_SHADOW, /* a shadow directory or table */
};

void frame_set_use(pfn_t frame, enum frame_use use);
enum frame_use frame_use(pfn_t frame); /* FRAME_OTHER for a frame outside the table */

/* A word for its owner to note something about an allocated frame; 0 at first. */
u32 frame_chunk_bitmap(pfn_t frame);
void frame_add_to_note(pfn_t frame, u32 bits);

#ifdef CONFIG_DEBUG
/* Another frame of its owner's, that goes with an allocated one. */
void frame_set_beside(pfn_t frame, pfn_t other);
pfn_t frame_beside(pfn_t frame);
#endif

/* For audits: true if an allocated frame was not yet marked with this number, and marks it. */
bool frame_mark(pfn_t frame, u32 mark);

u32 frames_free_count(void);       /* frames in the lists now */
u32 frames_uncommitted(void);      /* free and set aside for nobody: what frames_open can give */
u32 frames_total(void);            /* all frames ever added */
u32 frames_claimed(void);          /* the hypervisor's own from the start, beside these */
u32 frames_longest_free_run(void); /* what frame_alloc_run can give, in frames; 0: nothing */

/* Looks at some frames, from frame number `from` up: adds to counts[owner] how many it has of these. Owners from
 * `owners` up are left out. Returns the number of the next frame: frames_table_count() after the last. */
u32 frames_count_owners(u32 from, u32 *counts, u32 owners);
u32 frames_table_count(void);

/* Walks the whole table and the lists and panics if any count, list or owner disagrees. Calls `pause` (NULL: nothing)
 * after each 1,024 frames: it must leave all frames as they are. */
void frames_check(void (*pause)(void));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame allocator, and the owner of each frame of physical memory.
 *
 * A binary buddy system (Knuth 2.5; Tanenbaum, "The buddy algorithm") over a table with one entry
 * per frame. A frame is free, or belongs to the firmware (and is never allocated), to the
 * hypervisor or to one guest. Allocation goes through an account. Opening an account sets its
 * frames aside, so an allocation within the account's limit cannot fail because of other guests.
 *
 * Counts are exact: the free frames and the frames of all owners add up to all frames added. Debug
 * builds fill a freed frame with FRAME_POISON. Freeing a frame twice, or a frame of another owner,
 * is a fault of the hypervisor: it panics.
 *
 * A frame of guest memory may be shared: then it belongs to OWNER_SHARED, and has a count of the
 * guests that hold it. A shared frame is never written to. A guest that has to write gets a copy of its
 * own, and the last guest that holds the frame takes it over in place (copy on write).
 */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include "mm/address.h"

typedef u16 owner_t;

#define OWNER_FREE 0u         /* in the buddy system's lists */
#define OWNER_FIRMWARE 1u     /* holes, firmware, MMIO: never allocated */
#define OWNER_UMBRA 2u        /* the hypervisor's own */
#define OWNER_SHARED 3u       /* shared by guests: copy on write */
#define OWNER_FIRST_GUEST 16u /* guest n is owner 16 + n */

#define FRAME_POISON 0xDBu  /* every byte of a freed frame */
#define FRAME_MAX_ORDER 10u /* the longest run is 2^10 frames, 4 MB */

/* The frames that one owner may have, and has. At most one account per owner is open at a time. */
struct frame_account {
	owner_t owner;
	u32 limit; /* frames set aside for this account */
	u32 used;  /* allocated frames; never above limit */
};

/* The size in bytes of a table for `frame_count` frames (pfn 0 to frame_count-1). */
u32 frames_table_size(u32 frame_count);

/* Starts the allocator; every frame belongs to the firmware at first. `table` is
 * frames_table_size(frame_count) bytes, aligned to 8, which the allocator keeps. This function,
 * frames_add and frames_claim are for boot/memory.c. */
void frames_init(void *table, u32 frame_count);

/* Gives RAM to the allocator: the frames [first, first+count) become free. Panics unless all of
 * them are in the table and belong to the firmware. */
void frames_add(pfn_t first, u32 count);

/* Makes frames that are in use from the start (the image, modules) the hypervisor's own; they are
 * never freed. Panics as frames_add does. */
void frames_claim(pfn_t first, u32 count);

/* Opens an account: sets `limit` frames aside for `owner`. False, and nothing is done, if fewer
 * frames than that are free and not set aside for others. */
bool frames_open(struct frame_account *account, owner_t owner, u32 limit);

/* Sets `more` frames aside for an open account. False, as above. */
bool frames_extend(struct frame_account *account, u32 more);

/* Closes the account: its frames are no longer set aside. Panics if one of them is still
 * allocated. */
void frames_close(struct frame_account *account);

/* Allocates one frame, contents undefined. False if the account is at its limit. */
bool frame_alloc(struct frame_account *account, pfn_t *frame);

/* The same, and the frame is all zeroes. */
bool frame_alloc_zeroed(struct frame_account *account, pfn_t *frame);

/* Allocates 2^order frames, contiguous and aligned to their size; order is 0 to FRAME_MAX_ORDER.
 * False at the limit, or if no such run is free. To be freed with the same order. */
bool frame_alloc_run(struct frame_account *account, u32 order, pfn_t *first);

/* Free frames that the same account has allocated; panic if it has not. */
void frame_free(struct frame_account *account, pfn_t frame);
void frame_free_run(struct frame_account *account, u32 order, pfn_t first);

/*
 * Shared frames. A guest that holds one may come to need a copy of its own, which its account pays
 * for. So the frame itself is paid for from elsewhere: from `funds`, an account of OWNER_SHARED, of
 * whose limit each new shared frame takes one, until the frame is free or taken over.
 */

/* A frame of this account's, allocated as one frame and used as guest memory, becomes shared; the
 * guest is its only holder at first. Panics if it is not such a frame, or if the funds do not
 * suffice. */
void frame_share(struct frame_account *account, struct frame_account *funds, pfn_t frame);

/* One more guest holds the shared frame. */
void frame_hold(pfn_t frame);

/* A guest holds the shared frame no longer. With the last holder it is free. */
void frame_drop(pfn_t frame);

/* The only holder of a shared frame takes it over: afterwards it belongs to this account, whose
 * limit grows if it has been reached. False, and nothing is done, if there are other holders. */
bool frame_take_over(struct frame_account *account, pfn_t frame);

/* The number of guests that hold a frame; 0: it is not shared. */
u32 frame_holders(pfn_t frame);

/* The frame of zeroes. It is shared, always was and always will be; its holders are not counted. */
pfn_t frame_of_zeroes(void);

/* The frame's owner; OWNER_FIRMWARE for a frame outside the table. */
owner_t frame_owner(pfn_t frame);

/* The purpose of a frame. A guest can reach only FRAME_MEMORY. */
enum frame_use {
	FRAME_OTHER,  /* as allocated */
	FRAME_MEMORY, /* a guest's memory */
	FRAME_SHADOW, /* a shadow directory or table */
};

void frame_set_use(pfn_t frame, enum frame_use use);
enum frame_use frame_use(pfn_t frame); /* FRAME_OTHER for a frame outside the table */

#ifdef CONFIG_DEBUG
/* For audits: marks an allocated frame with a number. False if it has that mark already. */
bool frame_mark(pfn_t frame, u32 mark);
#endif

u32 frames_free_count(void);       /* frames in the lists now */
u32 frames_uncommitted(void);      /* free and not set aside: the most that frames_open can give */
u32 frames_shared_count(void);     /* shared frames, without that of zeroes */
u32 frames_total(void);            /* all frames ever added */
u32 frames_claimed(void);          /* the hypervisor's own from the start, beside these */
u32 frames_longest_free_run(void); /* the most that frame_alloc_run can give, in frames */

/* Counts some frames, from number `from` up: adds one to counts[owner] for each whose owner is
 * below `owners`. Returns the number of the first frame that is not counted yet; after the last,
 * frames_table_count(). */
u32 frames_count_owners(u32 from, u32 *counts, u32 owners);
u32 frames_table_count(void);

/* Audits the whole table and the lists; panics at the first disagreement. Calls `pause`, unless it
 * is NULL, after each 1,024 frames; `pause` must not allocate or free frames. Defined in
 * frames_check.c. */
void frames_check(void (*pause)(void));

#endif

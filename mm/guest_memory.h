/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory: a table from guest frame number to machine frame, and the one checked gateway
 * through which the hypervisor reads and writes it.
 *
 * Guest frames are given out, zeroed, when they are first touched; all are set aside when the
 * guest is made, so a touch never fails for want of memory. The table has two levels, like a page
 * table: one frame of 1024 words lists the leaves, each leaf is one frame of 1024 words for 4 MB
 * of guest memory. A word is 0 (not touched yet) or a pfn (frame 0 is never given out).
 */
#ifndef MM_GUEST_MEMORY_H
#define MM_GUEST_MEMORY_H

#include "lib/string.h"
#include "mm/address.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define GFNS_PER_LEAF (FRAME_SIZE / sizeof(u32))

struct guest_memory {
	struct frame_account *account;
	u32 frames;       /* gfn 0 to frames-1 are memory; at most 2^20 */
	u32 touched;      /* of these, the ones that have a machine frame */
	u32 table_frames; /* frames of the table itself: the directory and its leaves */
	u32 closed;       /* while it is being freed: the frames below are */
	pfn_t directory;
};

/* The most frames that a guest of `frames` frames can ever take: its memory and the table. */
u32 guest_memory_cost(u32 frames);

/* Makes an empty memory of `frames` frames (1 to 2^20) paid from `account`. False if the account
 * cannot pay even the directory. */
bool guest_memory_open(struct guest_memory *memory, struct frame_account *account, u32 frames);

/* Frees some frames of the memory; true when it was the last, and its table is gone as well. From the first
 * call on, nothing else may be done with it. */
bool guest_memory_close_some(struct guest_memory *memory);

/* Frees every frame of the memory and of its table. */
void guest_memory_close(struct guest_memory *memory);

/* The slow half of guest_memory_frame: gives an untouched frame out. */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*
 * The machine frame behind `gfn`, given out now if this is the first touch.
 * False if gfn is not memory (or the account is spent: it cannot be while the frames are set
 * aside). Every other function here, and the shadow engine, reaches guest memory through this one.
 */
static inline bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn, pfn_t *frame)
{
	const u32 *directory, *leaf;
	u32 number = gfn_value(gfn), found;

	if (number >= memory->frames)
		return false;
	directory = frame_map(memory->directory);
	found = directory[number / GFNS_PER_LEAF];
	if (found) {
		leaf = frame_map(to_pfn(found));
		found = leaf[number % GFNS_PER_LEAF];
	}
	if (__builtin_expect(!found, 0))
		return guest_memory_touch(memory, gfn, frame);
	*frame = to_pfn(found);
	return true;
}

/* True if `gfn` is memory that has been touched: its frame costs nothing any more. */
static inline bool guest_memory_has(const struct guest_memory *memory, gfn_t gfn)
{
	const u32 *directory, *leaf;
	u32 number = gfn_value(gfn), found;

	if (number >= memory->frames)
		return false;
	directory = frame_map(memory->directory);
	found = directory[number / GFNS_PER_LEAF];
	if (!found)
		return false;
	leaf = frame_map(to_pfn(found));
	return leaf[number % GFNS_PER_LEAF];
}

/* Touches the frames of [at, at+size), all memory, in their order until `most` of the whole memory have been
 * touched. False: some are left. To zero one takes more than 1,000 instructions. */
bool guest_memory_touch_range(struct guest_memory *memory, gpa_t at, u32 size, u32 most);

/* True if the `size` bytes at `at` are all memory; overflow-safe; true for size 0 up to the end. */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

/* Copies, across frames as needed. False, and nothing copied, if any byte is not memory. */
bool guest_read(struct guest_memory *memory, gpa_t at, void *to, u32 size);
bool guest_write(struct guest_memory *memory, gpa_t at, const void *from, u32 size);
bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size);

/* Maps the byte at `at`; NULL if it is not memory. Good to the end of its frame. */
static inline u8 *guest_memory_map(struct guest_memory *memory, gpa_t at)
{
	pfn_t frame;
	u8 *bytes;

	if (!guest_memory_frame(memory, gpa_frame(at), &frame))
		return NULL;
	bytes = frame_map(frame);
	return bytes + gpa_offset(at);
}

/* Single values, at any alignment; fast when they do not cross a frame. */
static inline bool guest_read_u8(struct guest_memory *memory, gpa_t at, u8 *value)
{
	const u8 *from = guest_memory_map(memory, at);

	if (!from)
		return false;
	*value = *from;
	return true;
}

static inline bool guest_write_u8(struct guest_memory *memory, gpa_t at, u8 value)
{
	u8 *to = guest_memory_map(memory, at);

	if (!to)
		return false;
	*to = value;
	return true;
}

static inline bool guest_read_u32(struct guest_memory *memory, gpa_t at, u32 *value)
{
	const u8 *from;

	if (gpa_offset(at) > FRAME_SIZE - sizeof(*value))
		return guest_read(memory, at, value, sizeof(*value));
	from = guest_memory_map(memory, at);
	if (!from)
		return false;
	memcpy(value, from, sizeof(*value));
	return true;
}

static inline bool guest_write_u32(struct guest_memory *memory, gpa_t at, u32 value)
{
	u8 *to;

	if (gpa_offset(at) > FRAME_SIZE - sizeof(value))
		return guest_write(memory, at, &value, sizeof(value));
	to = guest_memory_map(memory, at);
	if (!to)
		return false;
	memcpy(to, &value, sizeof(value));
	return true;
}

/* A NUL-terminated string: up to its NUL, size-1 characters or the end of memory, always ended
 * with a NUL in `to`. False if `at` itself is not memory. */
bool guest_read_string(struct guest_memory *memory, gpa_t at, char *to, u32 size);

#endif

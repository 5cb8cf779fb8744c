/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory: a table from guest frame number to machine frame, and the checked functions
 * through which the hypervisor reads and writes that memory.
 *
 * A guest frame gets a machine frame, zeroed, when it is first touched. All frames are set aside
 * when the guest is made, so no touch runs out of memory. The table has two levels: a directory,
 * one frame of 1024 words, lists the leaves; each leaf, one frame of 1024 words, is for 4 MB of
 * guest memory. A word is 0 (not touched yet) or a pfn (frame 0 is never allocated).
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
	u32 touched;      /* those that have a machine frame */
	u32 table_frames; /* frames of the table itself: the directory and its leaves */
	u32 closed;       /* the gfns below have been freed, by guest_memory_close_some */
	pfn_t directory;
};

/* The most frames that a guest of `frames` frames can ever take: its memory and the table. */
u32 guest_memory_cost(u32 frames);

/* Makes an empty memory of `frames` frames (1 to 2^20) from `account`. False if the account has no
 * frame for the directory. */
bool guest_memory_open(struct guest_memory *memory, struct frame_account *account, u32 frames);

/* Frees some frames of the memory. With the last of them it frees the table too, and returns true.
 * From the first call on, no other function may be called for this memory. */
bool guest_memory_close_some(struct guest_memory *memory);

/* Frees all frames of the memory and of its table. */
void guest_memory_close(struct guest_memory *memory);

/* The slow path of guest_memory_frame: allocates the frame. */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame);

/*
 * The machine frame behind `gfn`, allocated now if this is the first touch. False if gfn is not
 * memory. (Also if the account is at its limit, which cannot happen while all frames are set
 * aside.) All other functions here, and the shadow engine, reach guest memory through this one.
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

/* True if `gfn` is memory and has been touched: guest_memory_frame allocates nothing then. */
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

/* Touches the frames of [at, at+size), which must be memory, in ascending order. It stops when
 * `most` frames of the whole memory have been touched, and returns false if some are left. The
 * bound is needed because zeroing a frame takes more than 1,000 instructions. */
bool guest_memory_touch_range(struct guest_memory *memory, gpa_t at, u32 size, u32 most);

/* True if the `size` bytes at `at` are all memory. Any `at` and `size` may be passed; with size 0,
 * true for each `at` up to the end of memory, the end included. */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

/* Copies, across frames as needed. False, and nothing copied, if any byte is not memory. */
bool guest_read(struct guest_memory *memory, gpa_t at, void *to, u32 size);
bool guest_write(struct guest_memory *memory, gpa_t at, const void *from, u32 size);
bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size);

/* The address of the byte at `at`, valid to the end of its frame; NULL if it is not memory. */
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

/* Copies a string up to its NUL, but at most size-1 characters, and not beyond the end of memory;
 * ends `to` with a NUL. False if `at` itself is not memory. `size` is not 0. */
bool guest_read_string(struct guest_memory *memory, gpa_t at, char *to, u32 size);

#endif

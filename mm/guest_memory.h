/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory: a table from guest frame number to machine frame, and the checked functions
 * through which the hypervisor reads and writes that memory.
 *
 * A guest frame gets a machine frame, zeroed, when it is first touched. All frames are set aside
 * when the guest is made, so no touch runs out of memory. The table has two levels: a directory
 * lists the leaves; each leaf, one frame, has 512 entries, for 2 MB of guest memory. The directory
 * is one frame, or two side by side for a guest with more than 2 GB.
 */
#ifndef MM_GUEST_MEMORY_H
#define MM_GUEST_MEMORY_H

#include "lib/string.h"
#include "mm/address.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

/* An entry of a leaf. */
struct gfn_entry {
	u32 frame; /* pfn; 0: not touched yet (frame 0 is never allocated) */
	u32 note; /* the shadow engine's (hv/shadow/protect.inc); here only GFN_PROTECTED matters */
};

/* In a note: the guest cannot write to this gfn, and a write by the hypervisor is reported. */
#define GFN_PROTECTED 1u

#define GFNS_PER_LEAF (FRAME_SIZE / sizeof(struct gfn_entry))
#define GFNS_PER_DIRECTORY_FRAME (GFNS_PER_LEAF * (FRAME_SIZE / sizeof(u32)))

struct guest_memory {
	struct frame_account *account;
	u32 frames;             /* gfn 0 to frames-1 are memory; at most 2^20 */
	u32 touched;            /* those that have a machine frame */
	u32 table_frames;       /* frames of the table itself: the directory and its leaves */
	u32 closed;             /* the gfns below have been freed, by guest_memory_close_some */
	bool protected_written; /* a function here has written to a gfn with GFN_PROTECTED */
	bool ascending;         /* the last two first touches were of neighbours, in this order */
	u32 newest;             /* the gfn that was last touched for the first time */
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

/* The two words of `gfn` in its leaf; NULL if it is not memory, or has not been touched. */
static inline u32 *guest_memory_words(const struct guest_memory *memory, gfn_t gfn)
{
	const u32 *directory = frame_map(memory->directory);
	u32 number = gfn_value(gfn), found;
	u32 *words;

	if (number >= memory->frames)
		return NULL;
	found = directory[number / GFNS_PER_LEAF];
	if (!found)
		return NULL;
	words = frame_map(to_pfn(found));
	words += number % GFNS_PER_LEAF * 2;
	return *words ? words : NULL;
}

/* The same as an entry. */
static inline struct gfn_entry *guest_memory_find(const struct guest_memory *memory, gfn_t gfn)
{
	return (struct gfn_entry *)guest_memory_words(memory, gfn);
}
_Static_assert(sizeof(struct gfn_entry) == 2 * sizeof(u32), "two words");

/*
 * The machine frame behind `gfn`, allocated now if this is the first touch. False if gfn is not
 * memory. (Also if the account is at its limit, which cannot happen while all frames are set
 * aside.) All other functions here, and the shadow engine, reach guest memory through this one or
 * guest_memory_find.
 */
static inline bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn, pfn_t *frame)
{
	const u32 *words = guest_memory_words(memory, gfn);

	if (!words)
		return gfn_value(gfn) < memory->frames && guest_memory_touch(memory, gfn, frame);
	*frame = to_pfn(*words);
	return true;
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

/* The address of the byte at `at`, for reading, valid to the end of its frame; NULL if it is not
 * memory. (The shadow engine also sets A and D in the guest's entries there.) */
static inline u8 *guest_memory_map(struct guest_memory *memory, gpa_t at)
{
	pfn_t frame;
	u8 *bytes;

	if (!guest_memory_frame(memory, gpa_frame(at), &frame))
		return NULL;
	bytes = frame_map(frame);
	return bytes + gpa_offset(at);
}

/* The same, for writing. */
static inline u8 *guest_memory_map_to_write(struct guest_memory *memory, gpa_t at)
{
	u8 *bytes = guest_memory_map(memory, at);

	if (bytes && (guest_memory_find(memory, gpa_frame(at))->note & GFN_PROTECTED))
		memory->protected_written = true;
	return bytes;
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
	u8 *to = guest_memory_map_to_write(memory, at);

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
	to = guest_memory_map_to_write(memory, at);
	if (!to)
		return false;
	memcpy(to, &value, sizeof(value));
	return true;
}

/* Copies a string up to its NUL, but at most size-1 characters, and not beyond the end of memory;
 * ends `to` with a NUL. False if `at` itself is not memory. `size` is not 0. */
bool guest_read_string(struct guest_memory *memory, gpa_t at, char *to, u32 size);

#endif

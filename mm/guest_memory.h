/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory: a table from guest frame number to machine frame, and the checked functions
 * through which the hypervisor reads and writes that memory.
 *
 * A guest frame gets a machine frame when it is first touched: the shared frame of zeroes if it is
 * read, a zeroed one of its own if it is written to. A clone of the guest shares its frames until
 * one of both writes: so a caller says whether it will read or write the frame (lguest's
 * get_pfn). All frames are set aside when the guest is made, so no touch runs out of memory; a clone
 * may have less set aside, and is told when that is nearly spent. The table has two levels: a directory
 * lists the leaves; each leaf, one frame, has 512 entries, for 2 MB of guest memory. The directory
 * is one frame, or two side by side for a guest with more than 2 GB.
 */
#ifndef MM_GUEST_MEMORY_H
#define MM_GUEST_MEMORY_H

#include "lib/string.h"
#include "mm/address.h"
#include "mm/frame_map.h"
#include "mm/frame_table.h"

/* An entry of a leaf. */
struct gfn_entry {
	u32 frame; /* pfn; 0: not touched yet (frame 0 is never allocated) */
	u32 note; /* the shadow engine's (hv/shadow/protect.inc); here only GFN_PROTECTED matters */
};

/* In a note: the guest cannot write to this gfn, and a write by the hypervisor is reported. */
#define GFN_PROTECTED 1u

#define GFNS_PER_LEAF (FRAME_SIZE / sizeof(struct gfn_entry))
#define GFNS_PER_DIRECTORY_FRAME (GFNS_PER_LEAF * (FRAME_SIZE / sizeof(u32)))

/* The use that a caller makes of a frame. A frame that is TO_WRITE belongs to this guest alone. */
enum guest_intent { TO_READ, TO_WRITE };

struct guest_memory {
	struct frame_account *account;
	u32 frames;                  /* gfn 0 to frames-1 are memory; at most 2^20 */
	u32 touched;                 /* those that have a machine frame, that of zeroes included */
	struct guest_memory *budget; /* whose next four fields count: this memory's, or that of the
				      * guest's whose disk this is */
	u32 owned, owned_max;        /* frames that are the guest's own, and may be */
	bool limited;                /* these are fewer than it could use */
	bool spent;                  /* limited, and fewer than GUEST_MEMORY_RESERVE are left */
	u32 table_frames;            /* frames of the table itself: the directory and its leaves */
	u32 shared; /* of a clone: the gfns below are shared, by guest_memory_share_some */
	u32 closed; /* the gfns below have been freed, by guest_memory_close_some */
	bool protected_written; /* a function here has written to a gfn with GFN_PROTECTED */
	bool ascending;         /* the last two first touches were of neighbours, in this order */
	u32 newest;             /* the gfn that was last touched for the first time */
	bool cloned;            /* frames other than that of zeroes may be shared */
	/* A gfn has got another machine frame than `old`: whatever leads to that has to go. */
	void (*replaced)(struct guest_memory *memory, gfn_t gfn, pfn_t old);
	void (*is_spent)(struct guest_memory *memory); /* `spent` has been set */
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

/* A memory with a limit of own frames is `spent` when no more than these are left: enough for what
 * the guest causes until the hypervisor looks. */
#define GUEST_MEMORY_RESERVE 32u

/* Limits the frames that this memory may own; without a limit, all. */
void guest_memory_limit(struct guest_memory *memory, u32 owned_max);

/* The slow path of guest_memory_frame: allocates or copies the frame. */
bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, enum guest_intent intent,
			pfn_t *frame);

/* The gfn of this entry, which has the frame of zeroes or another shared one, gets a frame of its own.
 * False if no more frames are set aside. */
bool guest_memory_own(struct guest_memory *memory, gfn_t gfn, struct gfn_entry *entry);

/*
 * Makes some more of the frames of `memory` shared, and `clone`, which has been opened with as many
 * frames and is not used otherwise until all are done, hold them too. True after the last ones.
 * Those of [kept, kept + kept_count) are copied instead: windows on them stay valid. `funds` pays for
 * new shared frames (mm/frames.h): guest_memory_own_frames(memory) of them suffice. No entry of the
 * CPU's tables may let anyone write to `memory`.
 */
bool guest_memory_share_some(struct guest_memory *memory, struct guest_memory *clone,
			     struct frame_account *funds, gfn_t kept, u32 kept_count);

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
 * The machine frame behind `gfn`, allocated now if this is the first touch, and copied if it is
 * shared and TO_WRITE. False if gfn is not memory. (Also if no more frames are set aside, which
 * cannot happen: all are, or the guest is stopped when it is `spent`.) All other functions here,
 * and the shadow engine, reach guest memory through this one or guest_memory_find.
 */
static ALWAYS_INLINE bool guest_memory_frame(struct guest_memory *memory, gfn_t gfn,
					     enum guest_intent intent, pfn_t *frame)
{
	const u32 *words = guest_memory_words(memory, gfn);

	if (!words || (intent == TO_WRITE && frame_is_shared(to_pfn(*words))))
		return gfn_value(gfn) < memory->frames &&
		       guest_memory_touch(memory, gfn, intent, frame);
	*frame = to_pfn(*words);
	return true;
}

/* Touches the frames of [at, at+size), which must be memory, in ascending order, but at most *most,
 * and subtracts their number. False if some are left. The bound is needed because zeroing or copying
 * a frame takes more than 1,000 instructions. */
bool guest_memory_touch_range(struct guest_memory *memory, gpa_t at, u32 size,
			      enum guest_intent intent, u32 *most);

/* True if the `size` bytes at `at` are all memory. Any `at` and `size` may be passed; with size 0,
 * true for each `at` up to the end of memory, the end included. */
bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size);

/* Copies, across frames as needed. False, and nothing copied, if any byte is not memory. */
bool guest_read(struct guest_memory *memory, gpa_t at, void *to, u32 size);
bool guest_write(struct guest_memory *memory, gpa_t at, const void *from, u32 size);
bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size);

/* Writes a whole page. A frame that is allocated for it is not zeroed first. False if there is none. */
bool guest_load_page(struct guest_memory *memory, gfn_t gfn, const void *page);

/* The address of the byte at `at`, valid to the end of its frame; NULL if it is not memory. */
static ALWAYS_INLINE u8 *guest_memory_map_for(struct guest_memory *memory, gpa_t at,
					      enum guest_intent intent)
{
	pfn_t frame;
	u8 *bytes;

	if (!guest_memory_frame(memory, gpa_frame(at), intent, &frame))
		return NULL;
	bytes = frame_map(frame);
	return bytes + gpa_offset(at);
}

/* The same, for reading. */
static inline const u8 *guest_memory_map(struct guest_memory *memory, gpa_t at)
{
	return guest_memory_map_for(memory, at, TO_READ);
}

/* The same, for writing. */
static inline u8 *guest_memory_map_to_write(struct guest_memory *memory, gpa_t at)
{
	u8 *bytes = guest_memory_map_for(memory, at, TO_WRITE);

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

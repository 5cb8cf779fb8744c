// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's memory: the table from guest frame to machine frame, and copies from and to it.
 */
#include "mm/guest_memory.h"

#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define GUEST_FRAMES_MAX (2 * GFNS_PER_DIRECTORY_FRAME)
#define CLOSE_AT_ONCE 128u /* frames: some 10,000 instructions */

static u32 leaves_for(u32 frames)
{
	return (frames + GFNS_PER_LEAF - 1) / GFNS_PER_LEAF;
}

/* A guest with more than 2 GB needs two frames side by side. Of all frames below 4 GB, more than
 * half are free then, so that some pair is. */
static u32 directory_order(u32 frames)
{
	return frames > GFNS_PER_DIRECTORY_FRAME;
}

u32 guest_memory_cost(u32 frames)
{
	return frames + leaves_for(frames) + (1u << directory_order(frames));
}

bool guest_memory_open(struct guest_memory *memory, struct frame_account *account, u32 frames)
{
	u32 order;

	ASSERT(frames >= 1 && frames <= GUEST_FRAMES_MAX);
	order = directory_order(frames);
	*memory = (struct guest_memory){
	    .account = account, .frames = frames, .owned_max = frames, .table_frames = 1u << order};
	memory->budget = memory;
	if (!frame_alloc_run(account, order, &memory->directory))
		return false;
	memset(frame_map(memory->directory), 0, FRAME_SIZE << order);
	return true;
}

/* Gives up the frame of the next gfn to be closed. True if there was one. */
static bool close_next(struct guest_memory *memory, struct gfn_entry *leaf)
{
	struct gfn_entry *entry = &leaf[memory->closed++ % GFNS_PER_LEAF];
	u32 frame = entry->frame;

	entry->frame = 0;
	if (!frame)
		return false;
	if (frame_is_shared(to_pfn(frame)))
		frame_drop(to_pfn(frame));
	else
		frame_free(memory->account, to_pfn(frame));
	return true;
}

/* Frees at most CLOSE_AT_ONCE frames of the leaf at `frame`, and with its last frame the leaf. */
static void close_leaf(struct guest_memory *memory, pfn_t frame)
{
	struct gfn_entry *leaf = frame_map(frame);
	u32 left = CLOSE_AT_ONCE;
	u32 leaf_end = (memory->closed / GFNS_PER_LEAF + 1) * GFNS_PER_LEAF;
	u32 end = min_u32(leaf_end, memory->frames);

	while (memory->closed < end && left)
		left -= close_next(memory, leaf);
	if (memory->closed >= end)
		frame_free(memory->account, frame);
}

/* The leaf that the next gfn to be closed is in; 0 if there is none. */
static u32 next_leaf(const struct guest_memory *memory)
{
	const u32 *directory = frame_map(memory->directory);

	return directory[memory->closed / GFNS_PER_LEAF];
}

bool guest_memory_close_some(struct guest_memory *memory)
{
	u32 leaf;

	while (memory->closed < memory->frames) {
		leaf = next_leaf(memory);
		if (leaf)
			break;
		memory->closed += GFNS_PER_LEAF;
	}
	if (memory->closed < memory->frames) {
		close_leaf(memory, to_pfn(leaf));
		return false;
	}
	frame_free_run(memory->account, directory_order(memory->frames), memory->directory);
	memory->frames = memory->touched = memory->owned = 0;
	memory->table_frames = memory->closed = 0;
	return true;
}

void guest_memory_close(struct guest_memory *memory)
{
	while (!guest_memory_close_some(memory))
		;
}

static void update_spent(struct guest_memory *budget)
{
	bool was_spent = budget->spent;

	budget->spent = budget->limited && budget->owned + GUEST_MEMORY_RESERVE > budget->owned_max;
	if (budget->spent && !was_spent && budget->is_spent)
		budget->is_spent(budget);
}

void guest_memory_limit(struct guest_memory *memory, u32 owned_max)
{
	memory->limited = true;
	memory->owned_max = owned_max;
	update_spent(memory);
}

/* The leaf that has the entry of gfn `number`, allocated if it is absent; NULL if the account is at
 * its limit. */
static struct gfn_entry *need_leaf(struct guest_memory *memory, u32 number)
{
	u32 *directory = frame_map(memory->directory), *slot = &directory[number / GFNS_PER_LEAF];
	pfn_t leaf;

	if (!*slot) {
		if (!frame_alloc_zeroed(memory->account, &leaf))
			return NULL;
		*slot = pfn_value(leaf);
		memory->table_frames++;
	}
	return frame_map(to_pfn(*slot));
}

/* The guest owns one more frame. (One that it takes over is paid for, if it is one too many.) */
static void count_owned(struct guest_memory *budget)
{
	budget->owned++;
	budget->owned_max = max_u32(budget->owned, budget->owned_max);
	update_spent(budget);
}

/* NULL: zeroes. */
static const void *contents_of(pfn_t frame)
{
	return pfn_value(frame) == pfn_value(frame_of_zeroes()) ? NULL : frame_map(frame);
}

/* A frame of the memory's own, with these contents; NULL: zeroes. */
static bool new_frame(struct guest_memory *memory, const void *contents, pfn_t *frame)
{
	if (memory->budget->owned >= memory->budget->owned_max ||
	    !(contents ? frame_alloc(memory->account, frame)
		       : frame_alloc_zeroed(memory->account, frame)))
		return false;
	if (contents)
		memcpy(frame_map(*frame), contents, FRAME_SIZE);
	frame_set_use(*frame, FRAME_MEMORY);
	count_owned(memory->budget);
	return true;
}

/* The first touch of a gfn to write; a kernel may go on with the next one. */
static void note_newest(struct guest_memory *memory, u32 number)
{
	memory->ascending = number == memory->newest + 1;
	memory->newest = number;
}

bool guest_memory_own(struct guest_memory *memory, gfn_t gfn, struct gfn_entry *entry)
{
	pfn_t shared = to_pfn(entry->frame), frame;
	const void *contents = contents_of(shared);

	if (frame_take_over(memory->account, shared)) {
		count_owned(memory->budget);
		return true;
	}
	if (!new_frame(memory, contents, &frame))
		return false;
	entry->frame = pfn_value(frame);
	if (!contents)
		note_newest(memory, gfn_value(gfn));
	if (memory->replaced)
		memory->replaced(memory, gfn, shared);
	frame_drop(shared); /* nothing leads there any more */
	return true;
}

static bool first_touch(struct guest_memory *memory, u32 number, enum guest_intent intent,
			struct gfn_entry *entry)
{
	pfn_t frame;

	if (intent == TO_WRITE) {
		if (!new_frame(memory, NULL, &frame))
			return false;
		note_newest(memory, number);
	} else {
		frame = frame_of_zeroes();
	}
	entry->frame = pfn_value(frame);
	memory->touched++;
	return true;
}

bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, enum guest_intent intent,
			pfn_t *frame)
{
	u32 number = gfn_value(gfn);
	struct gfn_entry *entry;

	if (number >= memory->frames)
		return false;
	entry = need_leaf(memory, number);
	if (!entry)
		return false;
	entry += number % GFNS_PER_LEAF;
	if (!entry->frame) {
		if (!first_touch(memory, number, intent, entry))
			return false;
	} else if (intent == TO_WRITE && frame_is_shared(to_pfn(entry->frame)) &&
		   !guest_memory_own(memory, gfn, entry)) {
		return false;
	}
	*frame = to_pfn(entry->frame);
	return true;
}

/* True if a use with this intent would have to allocate or copy the frame. */
static bool is_to_touch(const struct guest_memory *memory, gfn_t gfn, enum guest_intent intent)
{
	const struct gfn_entry *entry = guest_memory_find(memory, gfn);

	return !entry || (intent == TO_WRITE && frame_is_shared(to_pfn(entry->frame)));
}

bool guest_memory_touch_range(struct guest_memory *memory, gpa_t at, u32 size,
			      enum guest_intent intent, u32 *most)
{
	u32 number = gfn_value(gpa_frame(at));
	u32 end = size ? gfn_value(gpa_frame(to_gpa(gpa_value(at) + size - 1))) + 1 : number;

	for (; number < end; number++) {
		pfn_t frame;

		if (!is_to_touch(memory, to_gfn(number), intent))
			continue;
		if (!*most || !guest_memory_touch(memory, to_gfn(number), intent, &frame))
			return false;
		--*most;
	}
	return true;
}

/* -- Sharing with a clone ---------------------------------------------------------------------- */

/* The clone gets a copy of this frame. */
static void copy_to(struct guest_memory *clone, struct gfn_entry *to, pfn_t from)
{
	pfn_t frame;
	bool paid = new_frame(clone, contents_of(from), &frame);

	ASSERT(paid);
	to->frame = pfn_value(frame);
}

/* The clone holds the frame of this entry too. */
static void share(struct guest_memory *memory, const struct gfn_entry *from, struct gfn_entry *to,
		  struct frame_account *funds)
{
	pfn_t frame = to_pfn(from->frame);

	if (!frame_is_shared(frame)) {
		frame_share(memory->account, funds, frame);
		memory->budget->owned--;
	}
	frame_hold(frame);
	to->frame = from->frame;
}

/* The leaf of gfn *next; NULL if it is absent: then *next becomes the first gfn behind it. */
static const struct gfn_entry *leaf_or_skip(const struct guest_memory *memory, u32 *next)
{
	const u32 *directory = frame_map(memory->directory);
	u32 leaf = directory[*next / GFNS_PER_LEAF];

	if (leaf)
		return frame_map(to_pfn(leaf));
	*next = min_u32((*next / GFNS_PER_LEAF + 1) * GFNS_PER_LEAF, memory->frames);
	return NULL;
}

#define SHARE_AT_ONCE 128u /* frames: some 10,000 instructions */

bool guest_memory_share_some(struct guest_memory *memory, struct guest_memory *clone,
			     struct frame_account *funds, gfn_t kept, u32 kept_count)
{
	u32 *next = &clone->shared, left = SHARE_AT_ONCE, end;
	const struct gfn_entry *from;
	struct gfn_entry *to;

	memory->cloned = clone->cloned = true;
	for (from = NULL; *next < memory->frames && !from;)
		from = leaf_or_skip(memory, next);
	if (!from)
		return true;
	to = need_leaf(clone, *next);
	ASSERT(to);
	end = min_u32((*next / GFNS_PER_LEAF + 1) * GFNS_PER_LEAF, memory->frames);
	for (; *next < end && left; ++*next) {
		u32 i = *next % GFNS_PER_LEAF;

		if (!from[i].frame)
			continue;
		if (*next - gfn_value(kept) < kept_count)
			copy_to(clone, &to[i], to_pfn(from[i].frame));
		else
			share(memory, &from[i], &to[i], funds);
		clone->touched++;
		left--;
	}
	update_spent(memory->budget);
	return *next == memory->frames;
}

bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size)
{
	return (u64)gpa_value(at) + size <= (u64)memory->frames * FRAME_SIZE;
}

/* True if all of [at, at+size) is memory; then the frames after the first are allocated, so that a
 * copy fails at its beginning or not at all. */
static bool prepare_range(struct guest_memory *memory, gpa_t at, u32 size, enum guest_intent intent)
{
	u32 number, last;
	pfn_t frame;

	if (!guest_range_is_memory(memory, at, size))
		return false;
	if (!size)
		return true;
	last = gfn_value(gpa_frame(to_gpa(gpa_value(at) + size - 1)));
	for (number = gfn_value(gpa_frame(at)) + 1; number <= last; number++) {
		if (!guest_memory_frame(memory, to_gfn(number), intent, &frame))
			return false;
	}
	return true;
}

/* The number of bytes of [at, at+size) in the first frame. */
static u32 part_in_frame(gpa_t at, u32 size)
{
	return min_u32(size, FRAME_SIZE - gpa_offset(at));
}

static gpa_t advance(gpa_t at, u32 bytes)
{
	return to_gpa(gpa_value(at) + bytes);
}

bool guest_read(struct guest_memory *memory, gpa_t at, void *to, u32 size)
{
	const u8 *part;
	u8 *target = to;
	u32 count;

	if (!prepare_range(memory, at, size, TO_READ))
		return false;
	for (; size; size -= count, target += count, at = advance(at, count)) {
		count = part_in_frame(at, size);
		part = guest_memory_map(memory, at);
		if (!part)
			return false;
		memcpy(target, part, count);
	}
	return true;
}

bool guest_write(struct guest_memory *memory, gpa_t at, const void *from, u32 size)
{
	const u8 *source = from;
	u8 *part;
	u32 count;

	if (!prepare_range(memory, at, size, TO_WRITE))
		return false;
	for (; size; size -= count, source += count, at = advance(at, count)) {
		count = part_in_frame(at, size);
		part = guest_memory_map_to_write(memory, at);
		if (!part)
			return false;
		memcpy(part, source, count);
	}
	return true;
}

bool guest_load_page(struct guest_memory *memory, gfn_t gfn, const void *page)
{
	struct gfn_entry *leaf;
	pfn_t frame;

	if (gfn_value(gfn) >= memory->frames || guest_memory_find(memory, gfn))
		return guest_write(memory, gfn_address(gfn), page, FRAME_SIZE);
	leaf = need_leaf(memory, gfn_value(gfn));
	if (!leaf || !new_frame(memory, page, &frame))
		return false;
	leaf[gfn_value(gfn) % GFNS_PER_LEAF].frame = pfn_value(frame);
	memory->touched++;
	return true;
}

COLD bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size)
{
	u8 *part;
	u32 count;

	if (!prepare_range(memory, at, size, TO_WRITE))
		return false;
	for (; size; size -= count, at = advance(at, count)) {
		count = part_in_frame(at, size);
		part = guest_memory_map_to_write(memory, at);
		if (!part)
			return false;
		memset(part, 0, count);
	}
	return true;
}

/* Bytes from `at` to the end of memory, at most `most`. */
static u32 room_from(const struct guest_memory *memory, gpa_t at, u32 most)
{
	u64 room = ((u64)memory->frames << FRAME_SHIFT) - gpa_value(at);

	return (u32)min_u64(room, most);
}

COLD bool guest_read_string(struct guest_memory *memory, gpa_t at, char *to, u32 size)
{
	u32 room, count, length;
	const u8 *part;

	ASSERT(size > 0);
	if (!guest_range_is_memory(memory, at, 1))
		return false;
	for (room = room_from(memory, at, size - 1); room; room -= count, at = advance(at, count)) {
		count = part_in_frame(at, room);
		part = guest_memory_map(memory, at);
		if (!part)
			break;
		length = strnlen((const char *)part, count);
		memcpy(to, part, length);
		to += length;
		if (length < count)
			break;
	}
	*to = '\0';
	return true;
}

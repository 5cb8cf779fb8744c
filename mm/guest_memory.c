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
	    .account = account, .frames = frames, .table_frames = 1u << order};
	if (!frame_alloc_run(account, order, &memory->directory))
		return false;
	memset(frame_map(memory->directory), 0, FRAME_SIZE << order);
	return true;
}

/* Frees the frame of the next gfn to be closed. True if there was one. */
static bool close_next(struct guest_memory *memory, struct gfn_entry *leaf)
{
	struct gfn_entry *entry = &leaf[memory->closed++ % GFNS_PER_LEAF];
	u32 frame = entry->frame;

	entry->frame = 0;
	if (frame)
		frame_free(memory->account, to_pfn(frame));
	return frame;
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
	memory->frames = memory->touched = memory->table_frames = memory->closed = 0;
	return true;
}

void guest_memory_close(struct guest_memory *memory)
{
	while (!guest_memory_close_some(memory))
		;
}

/* Allocates a zeroed frame for an entry of the table, unless it has one. False if the account is at
 * its limit. */
static bool fill_entry(struct guest_memory *memory, u32 *entry, u32 *count, pfn_t *frame)
{
	if (*entry) {
		*frame = to_pfn(*entry);
		return true;
	}
	if (!frame_alloc_zeroed(memory->account, frame))
		return false;
	*entry = pfn_value(*frame);
	(*count)++;
	return true;
}

bool guest_memory_touch(struct guest_memory *memory, gfn_t gfn, pfn_t *frame)
{
	u32 number = gfn_value(gfn), *directory = frame_map(memory->directory);
	struct gfn_entry *entries;
	pfn_t leaf;

	if (number >= memory->frames ||
	    !fill_entry(memory, &directory[number / GFNS_PER_LEAF], &memory->table_frames, &leaf))
		return false;
	entries = frame_map(leaf);
	if (!fill_entry(memory, &entries[number % GFNS_PER_LEAF].frame, &memory->touched, frame))
		return false;
	frame_set_use(*frame, FRAME_MEMORY);
	memory->ascending = number == memory->newest + 1;
	memory->newest = number;
	return true;
}

bool guest_memory_touch_range(struct guest_memory *memory, gpa_t at, u32 size, u32 most)
{
	u32 number = gfn_value(gpa_frame(at));
	u32 end = size ? gfn_value(gpa_frame(to_gpa(gpa_value(at) + size - 1))) + 1 : number;

	for (; number < end; number++) {
		pfn_t frame;

		if (guest_memory_find(memory, to_gfn(number)))
			continue;
		if (memory->touched >= most || !guest_memory_touch(memory, to_gfn(number), &frame))
			return false;
	}
	return true;
}

bool guest_range_is_memory(const struct guest_memory *memory, gpa_t at, u32 size)
{
	return (u64)gpa_value(at) + size <= (u64)memory->frames * FRAME_SIZE;
}

/* True if all of [at, at+size) is memory; then the frames after the first are allocated, so that a
 * copy fails at its beginning or not at all. */
static bool prepare_range(struct guest_memory *memory, gpa_t at, u32 size)
{
	u32 number, last;
	pfn_t frame;

	if (!guest_range_is_memory(memory, at, size))
		return false;
	if (!size)
		return true;
	last = gfn_value(gpa_frame(to_gpa(gpa_value(at) + size - 1)));
	for (number = gfn_value(gpa_frame(at)) + 1; number <= last; number++) {
		if (!guest_memory_frame(memory, to_gfn(number), &frame))
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
	u8 *target = to, *part;
	u32 count;

	if (!prepare_range(memory, at, size))
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

	if (!prepare_range(memory, at, size))
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

bool guest_zero(struct guest_memory *memory, gpa_t at, u32 size)
{
	u8 *part;
	u32 count;

	if (!prepare_range(memory, at, size))
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

bool guest_read_string(struct guest_memory *memory, gpa_t at, char *to, u32 size)
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

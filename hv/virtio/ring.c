/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. The words of a ring
 * 2. Chains
 * 3. Giving back
 * 4. The contents of buffers
 */
#include "hv/virtio/ring.h"

#include "lib/min_max.h"
#include "lib/panic.h"

/* -- 1. The words of a ring -------------------------------------------------------------------- */

void ring_break(struct ring *ring, const char *error)
{
	if (!ring->error)
		ring->error = error;
}

/* For functions that return false when the ring fails. */
static bool fail(struct ring *ring, const char *error)
{
	ring_break(ring, error);
	return false;
}

/* Frames for the rings are set aside with the guest's memory, so reading and writing them cannot
 * fail. */
static void read_ring(const struct ring *ring, u32 offset, void *to, u32 size)
{
	if (!guest_read(ring->memory, to_gpa(gpa_value(ring->at) + offset), to, size))
		panic("a ring at %#x is not in memory", gpa_value(ring->at));
}

static void write_ring(const struct ring *ring, u32 offset, const void *from, u32 size)
{
	if (!guest_write(ring->memory, to_gpa(gpa_value(ring->at) + offset), from, size))
		panic("a ring at %#x is not in memory", gpa_value(ring->at));
}

static u16 read_u16(const struct ring *ring, u32 offset)
{
	u16 value;

	read_ring(ring, offset, &value, sizeof(value));
	return value;
}

static u32 available_at(const struct ring *ring)
{
	return ring->size * sizeof(struct ring_buffer);
}

static u32 head_at(const struct ring *ring, u16 index)
{
	return available_at(ring) + offsetof(struct ring_available, head) +
	       index % ring->size * sizeof(u16);
}

static u32 element_at(const struct ring *ring, u16 index)
{
	return ring_used_at(ring->size) + offsetof(struct ring_used, element) +
	       index % ring->size * sizeof(struct ring_used_element);
}

void ring_open(struct ring *ring, struct guest_memory *memory, gpa_t at, u16 size)
{
	ASSERT(size && size <= RING_SIZE_MAX && !(size & (size - 1)));
	*ring = (struct ring){.memory = memory, .at = at, .size = size};
}

void ring_reset(struct ring *ring)
{
	ring_open(ring, ring->memory, ring->at, ring->size);
	if (!guest_zero(ring->memory, ring->at, ring_bytes(ring->size)))
		panic("a ring at %#x is not in memory", gpa_value(ring->at));
}

void ring_restore(struct ring *ring, u16 next, u16 used, u16 last_signalled, u32 done)
{
	ring->next = next;
	ring->used = used;
	ring->last_signalled = last_signalled;
	ring->done = done;
}

/* -- 2. Chains --------------------------------------------------------------------------------- */

/* Adds a size to the sum; false if the sum reached 4 GB. */
static bool add_size(u32 *sum, u32 size)
{
	if (size > UINT32_MAX - *sum)
		return false;
	*sum += size;
	return true;
}

static bool add_buffer(struct ring *ring, struct ring_chain *chain,
		       const struct ring_buffer *buffer)
{
	bool write = buffer->flags & RING_WRITE;
	gpa_t at = to_gpa((u32)buffer->address);

	if (buffer->flags & RING_INDIRECT)
		return fail(ring, "an indirect buffer, which was not offered");
	if (buffer->address >> 32 || !guest_range_is_memory(ring->memory, at, buffer->size))
		return fail(ring, "a buffer outside of memory");
	if (!write && chain->reads != chain->parts)
		return fail(ring, "a buffer to read behind one to write");
	if (!add_size(write ? &chain->write_bytes : &chain->read_bytes, buffer->size))
		return fail(ring, "a chain of 4 GB or more");
	chain->part[chain->parts++] = (struct ring_part){at, buffer->size};
	chain->reads += !write;
	return true;
}

static bool collect(struct ring *ring, struct ring_chain *chain)
{
	struct ring_buffer buffer = {.flags = RING_NEXT, .next = chain->head};

	while (buffer.flags & RING_NEXT) {
		if (buffer.next >= ring->size)
			return fail(ring, "a buffer's number beyond the ring");
		if (chain->parts == ring->size)
			return fail(ring, "a loop in a chain");
		read_ring(ring, buffer.next * sizeof(buffer), &buffer, sizeof(buffer));
		if (!add_buffer(ring, chain, &buffer))
			return false;
	}
	return true;
}

enum ring_outcome ring_peek(struct ring *ring, struct ring_chain *chain)
{
	u16 waiting = read_u16(ring, available_at(ring) + offsetof(struct ring_available, index)) -
		      ring->next;

	if (ring->error)
		return RING_BROKEN;
	if (!waiting)
		return RING_EMPTY;
	if (waiting > ring->size) {
		ring_break(ring, "an index that has run ahead");
		return RING_BROKEN;
	}
	chain->head = read_u16(ring, head_at(ring, ring->next));
	chain->reads = chain->parts = 0;
	chain->read_bytes = chain->write_bytes = 0;
	return collect(ring, chain) ? RING_CHAIN : RING_BROKEN;
}

/* -- 3. Giving back ---------------------------------------------------------------------------- */

bool ring_give_back(struct ring *ring, const struct ring_chain *chain, u32 written)
{
	struct ring_used_element element = {.head = chain->head, .written = written};

	if (ring->error)
		return false;
	write_ring(ring, element_at(ring, ring->used), &element, sizeof(element));
	ring->next++;
	ring->used++;
	ring->done = 0;
	write_ring(ring, ring_used_at(ring->size) + offsetof(struct ring_used, index), &ring->used,
		   sizeof(ring->used));
	return true;
}

bool ring_wants_interrupt(struct ring *ring)
{
	u16 flags = read_u16(ring, available_at(ring) + offsetof(struct ring_available, flags));
	bool any = ring->last_signalled != ring->used;

	ring->last_signalled = ring->used;
	return any && !(flags & RING_NO_INTERRUPT);
}

/* -- 4. The contents of buffers ---------------------------------------------------------------- */

#define TOUCHED_MAX 8u /* frames in one call: some 10,000 instructions */

/* Touches the frames of `size` bytes in the parts [first, end), `offset` bytes into them. False if
 * there are more than TOUCHED_MAX absent ones. */
static bool touch(struct ring *ring, const struct ring_part *first, const struct ring_part *end,
		  u32 offset, u32 size, enum guest_intent intent)
{
	u32 most = TOUCHED_MAX, count;

	for (; first < end && size; first++) {
		if (offset >= first->size) {
			offset -= first->size;
			continue;
		}
		count = min_u32(first->size - offset, size);
		if (!guest_memory_touch_range(ring->memory, to_gpa(gpa_value(first->at) + offset),
					      count, intent, &most))
			return false;
		offset = 0;
		size -= count;
	}
	return true;
}

bool chain_can_read(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size)
{
	return touch(ring, chain->part, chain->part + chain->reads, offset, size, TO_READ);
}

bool chain_can_write(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size)
{
	return touch(ring, chain->part + chain->reads, chain->part + chain->parts, offset, size,
		     TO_WRITE);
}

/* Copies between `bytes` and the parts [first, end), `offset` bytes into them. */
static u32 copy(struct ring *ring, const struct ring_part *first, const struct ring_part *end,
		u32 offset, u8 *bytes, u32 size, bool write)
{
	u32 done = 0, count;
	gpa_t at;

	for (; first < end && done < size; first++) {
		if (offset >= first->size) {
			offset -= first->size;
			continue;
		}
		at = to_gpa(gpa_value(first->at) + offset);
		count = min_u32(first->size - offset, size - done);
		if (!(write ? guest_write(ring->memory, at, bytes + done, count)
			    : guest_read(ring->memory, at, bytes + done, count)))
			break; /* ring_peek has checked that it is memory */
		done += count;
		offset = 0;
	}
	return done;
}

u32 chain_read(struct ring *ring, const struct ring_chain *chain, u32 offset, void *to, u32 size)
{
	return copy(ring, chain->part, chain->part + chain->reads, offset, to, size, false);
}

u32 chain_write(struct ring *ring, const struct ring_chain *chain, u32 offset, const void *from,
		u32 size)
{
	return copy(ring, chain->part + chain->reads, chain->part + chain->parts, offset,
		    (u8 *)from, size, true);
}

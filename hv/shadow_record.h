/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each shadow entry was made from. Part of the engine: included by shadow_cache.h, once for each
 * combination of formats. Debug builds only: there, another frame stands beside each shadow frame, and
 * has for each of its entries the guest's entry, and where that stood.
 *
 * The shadow may lag behind the guest's tables, so a look at these cannot tell whether an entry is
 * right. What it was made from can: shadow_audit.h compares the two after every exit, and shadow_check.h
 * sees to it that nothing is left that the guest has announced to be out of date.
 */
#ifndef HV_SHADOW_RECORD_H
#define HV_SHADOW_RECORD_H

#include "hv/shadow.h"
#include "lib/panic.h"
#include "mm/frame_map.h"

#ifdef CONFIG_DEBUG

/* An entry in 32 bits: of those above, only no-execute is ever set in a good one. It takes the place of
 * a bit that guests use as they like. */
#define RECORD_NO_EXECUTE 0x200u

static u32 record_of(gpte_t entry)
{
	u32 no_execute = entry.bits & GUEST_NO_EXECUTE ? RECORD_NO_EXECUTE : 0;

	return ((u32)entry.bits & ~RECORD_NO_EXECUTE) | no_execute;
}

/* Sets a frame aside with this one; the account has been opened for both. */
static void record_open(struct shadow *s, pfn_t frame)
{
	pfn_t record;
	bool paid = frame_alloc_zeroed(s->account, &record);

	ASSERT(paid);
	frame_set_beside(frame, record);
}

static void record_close(struct shadow *s, pfn_t frame)
{
	frame_free(s->account, frame_beside(frame));
}

static void store_record(pfn_t frame, u32 word, u32 value)
{
	u32 *words = frame_map(frame_beside(frame));

	words[word] = value;
	frame_unmap(words);
}

static u32 load_record(pfn_t frame, u32 word)
{
	const u32 *words = frame_map(frame_beside(frame));
	u32 value = words[word];

	frame_unmap(words);
	return value;
}

/* Of entry `index` in a shadow table, or in a page of slots. */
static void record_entry(pfn_t frame, u32 index, gpte_t entry)
{
	store_record(frame, index, record_of(entry));
}

static u32 recorded_entry(pfn_t frame, u32 index)
{
	return load_record(frame, index);
}

/* A slot's entry stands in this middle directory of a PAE guest's. (Shadow tables have 512 entries
 * then: a second word for each fits.) */
static void record_middle(pfn_t page, u32 index, gfn_t middle)
{
	if (GUEST_LEVELS == 3)
		store_record(page, SHADOW_ENTRIES + index, gfn_value(middle));
}

static gfn_t recorded_middle(pfn_t page, u32 index)
{
	return GUEST_LEVELS == 3 ? to_gfn(load_record(page, SHADOW_ENTRIES + index)) : NO_MIDDLE;
}
_Static_assert((GUEST_LEVELS - 1) * SHADOW_ENTRIES * sizeof(u32) <= FRAME_SIZE, "a record's frame");

#else

static inline void record_open(struct shadow *s, pfn_t frame)
{
	(void)s;
	(void)frame;
}

static inline void record_close(struct shadow *s, pfn_t frame)
{
	(void)s;
	(void)frame;
}

static inline void record_entry(pfn_t frame, u32 index, gpte_t entry)
{
	(void)frame;
	(void)index;
	(void)entry;
}

static inline void record_middle(pfn_t page, u32 index, gfn_t middle)
{
	(void)page;
	(void)index;
	(void)middle;
}

#endif
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is filled when it is needed: by a page fault, or before the CPU or the hypervisor itself touches
 * the guest's memory. Part of the engine: included by shadow_engine.h, once for each combination of
 * formats.
 *
 *	1. Making a shadow entry
 *	2. Fill on fault
 *	3. The guest's memory by linear address
 */
#ifndef HV_SHADOW_FILL_H
#define HV_SHADOW_FILL_H

#include "hv/shadow_check.h"
#include "hv/shadow_walk.h"

/* -- 1. Making a shadow entry ---------------------------------------------------------------- */

/* The rights of a guest's entry, as bits of a shadow entry. */
static u64 rights_of(gpte_t entry)
{
	u64 no_execute = entry.bits & GUEST_NO_EXECUTE ? SHADOW_NO_EXECUTE : 0;

	return (entry.bits & (PTE_WRITE | PTE_USER)) | no_execute;
}

/* Writable only once DIRTY is set: until then, the first write must come to us. The guest's cache
 * bits are not passed on. */
static u64 spte_bits(gpte_t entry, pfn_t frame)
{
	u64 rights = rights_of(entry);

	if (!(entry.bits & PTE_DIRTY))
		rights &= ~(u64)PTE_WRITE;
	return paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | rights;
}

/*
 * The only function that makes a present shadow entry, and so the argument for isolation: its
 * frame is this guest's memory, its rights are among the guest's own. Both are proved, whatever the
 * guest's memory table lists (proof/shadow.h).
 */
static ALWAYS_INLINE spte_t make_spte(struct guest *g, gpte_t entry)
{
	pfn_t frame;

	if (!guest_memory_frame(&g->memory, entry_gfn(entry), &frame))
		return (spte_t){0};
	frame_assert(frame, &g->account, FRAME_MEMORY);
	return (spte_t){spte_bits(entry, frame)};
}

/* A table's frame has a note of which of its 32 parts have ever had an entry: the others need not be
 * looked at. */
#define PART_ENTRIES (SHADOW_ENTRIES / 32)

static void set_spte(pfn_t table, gva_t at, spte_t entry)
{
	write_entry(table, table_index(at), entry);
	frame_add_to_note(table, 1u << table_index(at) / PART_ENTRIES);
}

/* What the shadow has for `at`: the leaf's frame and flags, with the rights of both levels; 0 if
 * nothing. (The low word says it all: no-execute does not matter to who asks.) */
static ALWAYS_INLINE u32 shadow_mapping(const struct guest *g, gva_t at)
{
	u32 upper = (u32)get_slot(g->shadow.current->pages, slot_of(at)).bits;

	if (!(upper & PTE_PRESENT) || gva_value(at) >= SWITCHER_START)
		return 0;
	return (u32)read_entry(to_pfn(upper >> FRAME_SHIFT), table_index(at)).bits &
	       (upper | ~(PTE_WRITE | PTE_USER));
}

/* -- 2. Fill on fault ------------------------------------------------------------------------ */

/* Remembers from what this slot was filled: its entry and, for SET_PMD, where that stands. A shared
 * table outlives the directory that filled it. */
static ALWAYS_INLINE void remember_upper(struct shadow *s, gva_t at, const struct walk *walk)
{
	u32 slot = slot_of(at), page = slot / SHADOW_ENTRIES;
	bool kernel = is_kernel_slot(s, slot);
	pfn_t slots = kernel ? s->kernel_pages[page] : s->current->pages[page];
	gfn_t *middle = kernel ? &s->kernel_middle[page] : &s->current->middle[page];

	record_entry(slots, slot % SHADOW_ENTRIES, walk->upper);
	record_middle(slots, slot % SHADOW_ENTRIES, walk->middle);
	if (!PAE_GUEST || gfn_value(*middle) == gfn_value(walk->middle))
		return;
	*middle = gfn_value(*middle) == gfn_value(NO_MIDDLE) ? walk->middle : MIXED_MIDDLES;
}

/* An entry of the guest's that has been used and is still good, as it is now; else nothing. Nor is anything made of one
 * whose page has no frame yet: that would have to be zeroed, and a table can have a thousand of them. */
static ALWAYS_INLINE spte_t reread_entry(struct guest *g, gpte_t leaf)
{
	const u32 used = PTE_PRESENT | PTE_ACCESSED;

	if ((leaf.bits & used) != used || is_bad(g, LEAF, leaf) ||
	    !guest_memory_has(&g->memory, entry_gfn(leaf)))
		return (spte_t){0};
	return make_spte(g, leaf);
}

/*
 * The neighbours of a page that was filled: those of the group whose guest entries are ACCESSED
 * already. No mark has to be set for them, and a CPU's TLB could have them too (SDM vol. 3,
 * 4.10.2.3). A kernel maps its memory so, and what it uses is seldom alone; a process marks page by
 * page, and all looks would be in vain.
 */
#define PREFILL_PAGES 16u

static void prefill_entry(struct guest *g, pfn_t table, gva_t at, gpte_t leaf)
{
	spte_t entry = reread_entry(g, leaf);

	if (!is_present(entry))
		return;
	write_entry(table, table_index(at), entry);
	record_entry(table, table_index(at), leaf);
	UNCOUNTED check_filled(g, at);
}

static NOINLINE void prefill(struct guest *g, pfn_t table, gva_t at, const struct walk *walk)
{
	gva_t page = to_gva(gva_value(at) & ~(PREFILL_PAGES * FRAME_SIZE - 1));
	bool linear = g->shadow.linear;
	const gpte_t *leaf = linear ? NULL : leaf_entry(g, walk->upper, page);

	for (u32 i = 0; i < PREFILL_PAGES; i++, page = to_gva(gva_value(page) + FRAME_SIZE))
		if (!is_present(read_entry(table, table_index(page))))
			prefill_entry(g, table, page, linear ? linear_entry(page) : leaf[i]);
	frame_unmap(leaf);
}
_Static_assert(PART_ENTRIES % PREFILL_PAGES == 0, "a group is in the part that fill() has noted");

static HOT enum fill_outcome fill(struct guest *g, gva_t at, u32 access)
{
	struct walk walk;
	enum fill_outcome outcome = walk_guest(g, at, access, &walk);
	pfn_t table;

	if (outcome != FILL_DONE)
		return outcome;
	table = need_table(&g->shadow, slot_of(at), (spte_t){rights_of(walk.upper)});
	set_spte(table, at, make_spte(g, walk.leaf));
	record_entry(table, table_index(at), walk.leaf);
	remember_upper(&g->shadow, at, &walk);
	UNCOUNTED check_filled(g, at);
	if (g->shadow.linear || is_kernel_slot(&g->shadow, slot_of(at)))
		prefill(g, table, at, &walk);
	g->shadow.counts.fills++;
	return FILL_DONE;
}

static const u32 ready = PTE_PRESENT | PTE_WRITE;

/* True if both pages of a stack are in one table, as most are, and mapped. */
static HOT bool are_ready(const struct guest *g, gva_t last)
{
	u32 upper = (u32)get_slot(g->shadow.current->pages, slot_of(last)).bits;
	u32 index = table_index(last);
	const spte_t *entries;
	bool both;

	if ((upper & ready) != ready || !index || gva_value(last) >= SWITCHER_START)
		return false;
	entries = (const spte_t *)frame_map(to_pfn(upper >> FRAME_SHIFT)) + index;
	both = ((u32)entries[0].bits & (u32)entries[-1].bits & ready) == ready;
	frame_unmap(entries);
	return both;
}

static NOINLINE void pin_pages(struct guest *g, gva_t stack_end, u32 pages)
{
	for (u32 i = 0; i < pages; i++) {
		gva_t page = to_gva(gva_value(stack_end) - 1 - i * FRAME_SIZE);

		if ((shadow_mapping(g, page) & ready) != ready)
			fill(g, page, ACCESS_WRITE);
	}
}

static HOT void pin(struct guest *g, gva_t stack_end, u32 pages)
{
	if (pages != 2 || !are_ready(g, to_gva(gva_value(stack_end) - 1)))
		pin_pages(g, stack_end, pages);
}

/* -- 3. The guest's memory by linear address -------------------------------------------------- */

/* Maps the byte at `at` for one access, through the shadow: filled first if need be. */
static HOT u8 *map_linear(struct guest *g, gva_t at, u32 access)
{
	const u32 needed = PTE_PRESENT | access;
	u32 mapping = shadow_mapping(g, at);
	u8 *frame;

	if ((mapping & needed) != needed) {
		if (fill(g, at, access) != FILL_DONE)
			return NULL;
		mapping = shadow_mapping(g, at);
	}
	frame = frame_map(to_pfn(mapping >> FRAME_SHIFT));
	return frame + (gva_value(at) & FRAME_OFFSET_MASK);
}

/* How many of `size` bytes from `at` lie in its page. */
static u32 part_in_page(gva_t at, u32 size)
{
	u32 room = FRAME_SIZE - (gva_value(at) & FRAME_OFFSET_MASK);

	return size < room ? size : room;
}

static bool read_virtual(struct guest *g, gva_t at, void *to, u32 size)
{
	u8 *out = to;

	while (size) {
		u32 part = part_in_page(at, size);
		const u8 *from = map_linear(g, at, ACCESS_READ);

		if (!from)
			return false;
		memcpy(out, from, part);
		frame_unmap(from);
		at = to_gva(gva_value(at) + part);
		out += part;
		size -= part;
	}
	return true;
}

static HOT bool write_virtual(struct guest *g, gva_t at, const void *from, u32 size)
{
	const u8 *in = from;

	while (size) {
		u32 part = part_in_page(at, size);
		u8 *to = map_linear(g, at, ACCESS_WRITE);

		if (!to)
			return false;
		memcpy(to, in, part);
		frame_unmap(to);
		at = to_gva(gva_value(at) + part);
		in += part;
		size -= part;
	}
	return true;
}

#endif

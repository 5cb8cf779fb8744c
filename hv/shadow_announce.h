/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest announces: the hypercalls about its tables. Each drops what it covers, or brings it up to
 * date. Part of the engine: included by shadow_engine.h, once for each combination of formats.
 *
 *	1. Another address space
 *	2. One entry of a page table: SET_PTE
 *	3. An entry of an upper level: SET_PGD, SET_PMD
 *	4. All of them: FLUSH_TLB, and LGUEST_INIT
 */
#ifndef HV_SHADOW_ANNOUNCE_H
#define HV_SHADOW_ANNOUNCE_H

#include "hv/shadow_fill.h"

/* -- 1. Another address space ------------------------------------------------------------------ */

static bool good_top(struct guest *g, gpa_t top)
{
	if (gpa_value(top) % GUEST_TOP_ALIGNMENT == 0 &&
	    gfn_value(gpa_frame(top)) < g->memory.frames)
		return true;
	guest_kill(g, "bad page directory address %#x", gpa_value(top));
	return false;
}

/* Remembers a middle directory by its top entry, before anything is filled: a new directory starts
 * with the shared tables, and SET_PMD may name its middle directory for them. */
static void learn_middle(struct guest *g, struct shadow_directory *d, u32 index)
{
	const gpte_t *top = (gpte_t *)guest_memory_map(&g->memory, d->top);
	gpte_t entry = top[index];

	frame_unmap(top);
	if ((entry.bits & PTE_PRESENT) && !is_bad(g, 0, entry))
		d->middle[index] = gpa_frame(entry_address(entry));
	else
		d->middle[index] = NO_MIDDLE;
}

static void learn_middles(struct guest *g)
{
	if (PAE_GUEST)
		for (u32 i = 0; i < guest_levels[0].entries; i++)
			learn_middle(g, g->shadow.current, i);
}

/* Nothing of the linear map may stay, but its directory will do for the first table. */
static enum progress leave_linear_map(struct guest *g, gpa_t top)
{
	bool is_new;

	if (!good_top(g, top))
		return DONE;
	if (drop_all(&g->shadow) == AGAIN)
		return AGAIN;
	g->shadow.current->top = top;
	g->shadow.linear = false;
	switch_directory(&g->shadow, top, &is_new); /* finds it */
	learn_middles(g);
	UNCOUNTED check_empty(g);
	return DONE;
}

static HOT enum progress new_table_hypercall(struct guest *g, gpa_t top)
{
	bool is_new;

	if (!good_top(g, top))
		return DONE;
	if (switch_directory(&g->shadow, top, &is_new) == AGAIN)
		return AGAIN;
	if (is_new)
		learn_middles(g);
	return DONE;
}

/* -- 2. One entry of a page table -------------------------------------------------------------- */

/* An entry that the guest has used (A) is installed at once; another waits for its first use. */
static void announce(struct guest *g, pfn_t table, gva_t at, gpte_t entry)
{
	const u32 used = PTE_PRESENT | PTE_ACCESSED;
	spte_t installed = {0};

	if ((entry.bits & used) == used) {
		if (is_bad(g, LEAF, entry))
			kill_for(g, LEAF, entry, at);
		else
			installed = make_spte(g, entry);
	}
	set_spte(table, at, installed);
	record_entry(table, table_index(at), entry);
}

static HOT void announce_in(struct guest *g, struct shadow_directory *d, gva_t at, gpte_t entry)
{
	spte_t upper = get_slot(d->pages, slot_of(at));

	if (is_present(upper))
		announce(g, entry_frame(upper), at, entry);
}

/* A kernel address in a slot that is not wholly the kernel's: each directory has its own table. */
static void announce_in_all(struct guest *g, gva_t at, gpte_t entry)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (g->shadow.directories[i].used)
			announce_in(g, &g->shadow.directories[i], at, entry);
}

/* Before the first NEW_PGTABLE it is not known what a top level looks like, and nothing is to do. Most are
 * for the address space that runs. */
static HOT void set_pte(struct guest *g, gpa_t top, gva_t at, u64 bits)
{
	struct shadow *s = &g->shadow;
	gpte_t entry = {bits}; /* two-level: the low half */
	bool runs = gpa_value(top) == gpa_value(s->current->top);
	struct shadow_directory *d;

	if (gva_value(at) >= SWITCHER_START) {
		guest_kill(g, "bad page table entry: SET_PTE for %#x, in the Switcher's 4 MB",
			   gva_value(at));
		return;
	}
	if (s->linear || !(runs || good_top(g, top)))
		return;
	if (is_kernel_slot(s, slot_of(at)))
		announce_in(g, s->current, at, entry);
	else if (gva_value(at) >= gva_value(s->kernel_address))
		announce_in_all(g, at, entry);
	else if ((d = runs ? s->current : find_directory(s, top)))
		announce_in(g, d, at, entry);
	UNCOUNTED check_set_pte(g, top, at, entry);
}

/* -- 3. An entry of an upper level ------------------------------------------------------------- */

/* Drops the table of one slot, if there is one. AGAIN: it did, and there is no time for more. */
static enum progress drop_one(struct shadow *s, struct shadow_directory *d, u32 slot)
{
	drop_slot(s, d, slot);
	return stretch_is_spent() ? AGAIN : DONE;
}

/* The user's tables from `first` to before `end`: one slot or two, or the 512 of a PAE guest's top
 * entry. A process has a table in few of these, a new one in none. */
static enum progress drop_user_slots(struct shadow *s, struct shadow_directory *d, u32 first,
				     u32 end)
{
	if (!d->user_table_count)
		return DONE;
	for (u32 slot = first; !PAE_GUEST && slot < end; slot++)
		if (d->user_tables[slot / 32] >> slot % 32 & 1)
			drop_slot(s, d, slot);
	for (u32 word = first / 32; PAE_GUEST && word < end / 32; word++)
		while (d->user_tables[word])
			if (drop_one(s, d, word * 32 + __builtin_ctz(d->user_tables[word])) ==
			    AGAIN)
				return AGAIN;
	return DONE;
}

/* Drops the tables that an entry of an upper level covers. */
static enum progress drop_range(struct shadow *s, struct shadow_directory *d, u32 first, u32 end)
{
	if (d && drop_user_slots(s, d, first, end) == AGAIN)
		return AGAIN;
	for (u32 slot = first > s->kernel_slot ? first : s->kernel_slot;
	     slot < end && slot < SWITCHER_SLOT; slot++)
		if (is_present(get_slot(s->kernel_pages, slot)) && drop_one(s, d, slot) == AGAIN)
			return AGAIN;
	return DONE;
}

static enum progress set_pgd(struct guest *g, gpa_t top, u32 index)
{
	const struct guest_level *level = &guest_levels[0];
	const u32 slots = 1u << (level->shift - SHADOW_SLOT_SHIFT);
	struct shadow_directory *d;

	if (g->shadow.linear || !good_top(g, top))
		return DONE;
	if (index >= level->entries) {
		guest_kill(g, "bad page directory index %u", index);
		return DONE;
	}
	d = find_directory(&g->shadow, top);
	if (drop_range(&g->shadow, d, index * slots, (index + 1) * slots) == AGAIN)
		return AGAIN;
	UNCOUNTED check_set_pgd(g, top, index * slots, (index + 1) * slots);
	if (PAE_GUEST && d)
		learn_middle(g, d, index);
	return DONE;
}

/* True if some table behind `remembered` may have been filled from this middle directory. */
static bool may_be_from(gfn_t remembered, gfn_t middle)
{
	return gfn_value(remembered) == gfn_value(middle) ||
	       gfn_value(remembered) == gfn_value(MIXED_MIDDLES);
}

/* The user's tables that entry `index` of that middle directory leads to, wherever it is in use. Most
 * directories have none at all: their processes are new, or gone. */
static void drop_user_slots_of_middle(struct shadow *s, gfn_t middle, u32 index)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &s->directories[i];

		for (u32 page = 0; d->user_table_count && page < SHADOW_PAGES; page++)
			if (!is_kernel_slot(s, page * SHADOW_ENTRIES + index) &&
			    may_be_from(d->middle[page], middle))
				drop_slot(s, d, page * SHADOW_ENTRIES + index);
	}
}

/* True if the shared tables of `page` may be from this middle directory: some fill's, or one that a
 * directory has there now. */
static bool may_be_kernel_middle(const struct shadow *s, u32 page, gfn_t middle)
{
	if (may_be_from(s->kernel_middle[page], middle))
		return true;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used && may_be_from(s->directories[i].middle[page], middle))
			return true;
	return false;
}

/* The slots that entry `index` of the guest's middle directory covers. */
static void drop_middle(struct guest *g, gfn_t middle, u32 index)
{
	struct shadow *s = &g->shadow;

	drop_user_slots_of_middle(s, middle, index);
	for (u32 page = first_kernel_page(s); page < SHADOW_PAGES; page++) {
		u32 slot = page * SHADOW_ENTRIES + index;

		if (is_kernel_slot(s, slot) && slot < SWITCHER_SLOT &&
		    is_present(get_slot(s->kernel_pages, slot)) &&
		    may_be_kernel_middle(s, page, middle))
			drop_slot(s, NULL, slot);
	}
	UNCOUNTED check_set_pmd(g, middle, index);
}

static void set_pmd(struct guest *g, gpa_t middle, u32 index)
{
	const struct guest_level *level = &guest_levels[TABLE_LEVEL];

	if (g->shadow.linear)
		return;
	if (!PAE_GUEST)
		guest_kill(g, "bad hypercall %u", HCALL_SET_PMD); /* it has no such level */
	else if (gpa_offset(middle) || gfn_value(gpa_frame(middle)) >= g->memory.frames)
		guest_kill(g, "bad page middle directory address %#x", gpa_value(middle));
	else if (index >= level->entries)
		guest_kill(g, "bad page middle directory index %u", index);
	else
		drop_middle(g, gpa_frame(middle), index);
}

/* -- 4. All of them ---------------------------------------------------------------------------- */

/* The entry above a page table as the guest has it now; false if the CPU could not go through it
 * without first setting something. Sets no mark itself: nobody has accessed anything. */
static bool read_upper(struct guest *g, gva_t at, struct walk *walk)
{
	gpa_t table = g->shadow.current->top;

	for (u32 level = 0; level <= TABLE_LEVEL; level++) {
		const gpte_t *entries = (gpte_t *)guest_memory_map(&g->memory, table);
		gpte_t entry = entries[index_at(level, at)];

		frame_unmap(entries);
		if (!(entry.bits & PTE_PRESENT) || is_bad(g, level, entry) ||
		    (guest_levels[level].marks && !(entry.bits & PTE_ACCESSED)))
			return false;
		walk->middle = gpa_frame(table);
		walk->upper = entry;
		table = entry_address(entry);
	}
	return true;
}

static void reread_part(struct guest *g, pfn_t table, u32 first, spte_t *entries,
			const gpte_t *leaves)
{
	for (u32 i = first; i < first + PART_ENTRIES; i++) {
		if (!is_present(entries[i]))
			continue;
		entries[i] = reread_entry(g, leaves[i]);
		record_entry(table, i, leaves[i]);
	}
}

/* Brings the table of one slot up to date with the guest's own: what is there stays, if it may. */
static void reread_slot(struct guest *g, u32 slot)
{
	struct shadow *s = &g->shadow;
	gva_t at = to_gva(slot << SHADOW_SLOT_SHIFT);
	struct walk walk;
	const gpte_t *leaves;
	spte_t *entries;
	pfn_t table;

	if (!read_upper(g, at, &walk)) {
		drop_slot(s, s->current, slot);
		return;
	}
	table = need_table(s, slot, (spte_t){rights_of(walk.upper)});
	remember_upper(s, at, &walk);
	entries = frame_map(table);
	leaves = leaf_entry(g, walk.upper, at);
	for (u32 parts = frame_note(table); parts; parts &= parts - 1)
		reread_part(g, table, __builtin_ctz(parts) * PART_ENTRIES, entries, leaves);
	frame_unmap(leaves);
	frame_unmap(entries);
}

/*
 * To read a table again costs a third of what it costs to throw it away and fill what is needed
 * (docs/performance.md). But it takes up to 30,000 instructions: once the stretch is spent, what is left is
 * dropped. AGAIN: there is no time even for that. Each call drops some, so the last one comes.
 */
static enum progress renew_slot(struct guest *g, u32 slot)
{
	if (!stretch_is_spent()) {
		reread_slot(g, slot);
		return DONE;
	}
	drop_slot(&g->shadow, g->shadow.current, slot);
	return stretch_is_overdue() ? AGAIN : DONE;
}

static enum progress flush_user(struct guest *g)
{
	struct shadow *s = &g->shadow;

	if (s->linear) /* which never changes */
		return DONE;
	learn_middles(g);
	for (u32 word = 0; word < SHADOW_PAGES * SHADOW_ENTRIES / 32; word++)
		for (u32 bits = s->current->user_tables[word]; bits; bits &= bits - 1)
			if (renew_slot(g, word * 32 + __builtin_ctz(bits)) == AGAIN)
				return AGAIN;
	UNCOUNTED check_slots(g, 0, s->kernel_slot);
	return DONE;
}

static void mix_kernel_middles(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_PAGES; i++)
		s->kernel_middle[i] = MIXED_MIDDLES;
}

static enum progress flush_kernel(struct guest *g)
{
	struct shadow *s = &g->shadow;

	forget_kernel_middles(s);
	for (u32 slot = s->kernel_slot; slot < SWITCHER_SLOT; slot++) {
		if (!is_present(get_slot(s->kernel_pages, slot)) || renew_slot(g, slot) == DONE)
			continue;
		mix_kernel_middles(s); /* those not read again come from anywhere */
		return AGAIN;
	}
	UNCOUNTED check_slots(g, s->kernel_slot, SWITCHER_SLOT);
	return DONE;
}

static enum progress flush_all(struct guest *g)
{
	if (g->shadow.linear)
		return DONE;
	if (drop_other_directories(&g->shadow) == AGAIN || flush_user(g) == AGAIN)
		return AGAIN;
	return flush_kernel(g);
}

static enum progress set_kernel_address(struct guest *g, gva_t address)
{
	/* A slot that only partly belongs to the kernel cannot be shared. */
	u32 whole = gva_value(address) + SLOT_SIZE - 1;

	if (forget_everything(&g->shadow) == AGAIN)
		return AGAIN;
	g->shadow.kernel_address = address;
	start_over(&g->shadow, whole >> SHADOW_SLOT_SHIFT, to_gpa(NO_TOP));
	UNCOUNTED check_empty(g);
	return DONE;
}

#endif

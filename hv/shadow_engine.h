/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow page table engine for one format of guest tables and one of shadow tables: the file
 * that includes this one has chosen both (see hv/shadow.h), and exports the result:
 *
 *	const struct shadow_engine shadow_XonY = SHADOW_ENGINE("...");
 *
 *	1. Walking the guest's own tables, as a CPU would
 *	2. Making a shadow entry
 *	3. Fill on fault
 *	4. The hypercalls: switch, set, flush, pin
 *	5. The guest's memory by linear address
 *	6. For people: shadow_inspect.h
 */
#ifndef HV_SHADOW_ENGINE_H
#define HV_SHADOW_ENGINE_H

#include "arch/x86/cpu.h"
#include "hv/guest.h"
#include "hv/shadow_cache.h"

#define LEAF (GUEST_LEVELS - 1)        /* the level of page tables */
#define TABLE_LEVEL (GUEST_LEVELS - 2) /* the level whose entries point to them */
#define PAE_GUEST (GUEST_LEVELS == 3)

/* -- 1. Walking ------------------------------------------------------------------------------ */

struct walk {
	gfn_t middle; /* where the entry of TABLE_LEVEL stands */
	gpte_t upper; /* that entry, as it is now, A set */
	gpte_t leaf;  /* the page's entry, A and D set */
};

static u32 index_at(u32 level, gva_t at)
{
	return gva_value(at) >> guest_levels[level].shift & (guest_levels[level].entries - 1);
}

/* Where a good entry points: the bits above 4 GB are all reserved. */
static gfn_t entry_gfn(gpte_t entry)
{
	return to_gfn((u32)entry.bits >> FRAME_SHIFT);
}

static gpa_t entry_address(gpte_t entry)
{
	return gfn_address(entry_gfn(entry));
}

static bool is_bad(const struct guest *g, u32 level, gpte_t entry)
{
	bool no_execute = entry.bits & GUEST_NO_EXECUTE;

	return (entry.bits & guest_levels[level].reserved) ||
	       gfn_value(entry_gfn(entry)) >= g->memory.frames || (no_execute && !cpu_features.nx);
}

static void kill_for(struct guest *g, u32 level, gpte_t entry, gva_t at)
{
	guest_kill(g, "bad page %s entry %#llx for %#x", guest_levels[level].name,
		   (unsigned long long)entry.bits, gva_value(at));
}

/* Before its first NEW_PGTABLE the guest sees gva = gpa, kernel-only, as far as memory goes. */
static enum fill_outcome walk_linear(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	u32 flags = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;

	walk->middle = NO_MIDDLE;
	walk->upper.bits = flags;
	walk->leaf.bits = (gva_value(at) & ~FRAME_OFFSET_MASK) | flags;
	if (is_bad(g, LEAF, walk->leaf)) {
		guest_kill(g, "bad page table entry: nothing is mapped at %#x before NEW_PGTABLE",
			   gva_value(at));
		return FILL_KILLED;
	}
	return access & ACCESS_USER ? FILL_PROTECTED : FILL_DONE;
}

/*
 * One upper level: *table is where its table is, and then where the next one is. Like a CPU, sets A
 * as soon as it goes through, whatever comes below.
 */
static ALWAYS_INLINE enum fill_outcome walk_upper(struct guest *g, u32 level, gva_t at,
						  gpa_t *table, gpte_t *found)
{
	gpte_t *entry = (gpte_t *)guest_memory_map(&g->memory, *table) + index_at(level, at);
	enum fill_outcome outcome = FILL_DONE;

	*found = *entry;
	if (!(found->bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (is_bad(g, level, *found)) {
		kill_for(g, level, *found, at);
		outcome = FILL_KILLED;
	} else if (guest_levels[level].marks && !(found->bits & PTE_ACCESSED)) {
		found->bits |= PTE_ACCESSED;
		*entry = *found;
	}
	frame_unmap(entry);
	*table = entry_address(*found);
	return outcome;
}

/* Rights are what both levels allow; CR0.WP holds for the guest's kernel too. */
static bool forbids(gpte_t upper, gpte_t leaf, u32 access)
{
	u32 needed = access & (ACCESS_WRITE | ACCESS_USER); /* the same bits as in an entry */

	if (needed & ~(u32)(upper.bits & leaf.bits))
		return true;
	return (access & ACCESS_FETCH) && ((upper.bits | leaf.bits) & GUEST_NO_EXECUTE);
}
_Static_assert(ACCESS_WRITE == PTE_WRITE && ACCESS_USER == PTE_USER, "compared in forbids()");

static enum fill_outcome walk_leaf(struct guest *g, gva_t at, u32 access, gpa_t table,
				   struct walk *walk)
{
	gpte_t *entry = (gpte_t *)guest_memory_map(&g->memory, table) + index_at(LEAF, at);
	u32 marks = PTE_ACCESSED | (access & ACCESS_WRITE ? PTE_DIRTY : 0);
	enum fill_outcome outcome = FILL_DONE;
	gpte_t found = *entry;

	if (!(found.bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (is_bad(g, LEAF, found)) {
		kill_for(g, LEAF, found, at);
		outcome = FILL_KILLED;
	} else if (forbids(walk->upper, found, access)) {
		outcome = FILL_PROTECTED;
	} else if ((found.bits & marks) != marks) {
		found.bits |= marks;
		*entry = found;
	}
	frame_unmap(entry);
	walk->leaf = found;
	return outcome;
}

static enum fill_outcome walk_guest(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	gpa_t table = g->shadow.current->top;
	enum fill_outcome outcome;

	if (gva_value(at) >= SWITCHER_START)
		return FILL_NOT_PRESENT; /* whatever the guest's tables have there */
	if (g->shadow.linear)
		return walk_linear(g, at, access, walk);
	if (PAE_GUEST) {
		outcome = walk_upper(g, 0, at, &table, &walk->upper);
		if (outcome != FILL_DONE)
			return outcome;
		walk->middle = gpa_frame(table);
	}
	outcome = walk_upper(g, TABLE_LEVEL, at, &table, &walk->upper);
	return outcome == FILL_DONE ? walk_leaf(g, at, access, table, walk) : outcome;
}

/* -- 2. Making a shadow entry ---------------------------------------------------------------- */

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
 * frame comes from this guest's memory table, its rights are among the guest's own. Both are proved
 * (proof/shadow.h).
 */
static spte_t make_spte(struct guest *g, gpte_t entry)
{
	pfn_t frame;

	if (!guest_memory_frame(&g->memory, entry_gfn(entry), &frame))
		return (spte_t){0};
	return (spte_t){spte_bits(entry, frame)};
}

static u32 table_index(gva_t at)
{
	return gva_value(at) >> FRAME_SHIFT & (SHADOW_ENTRIES - 1);
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
static u32 shadow_mapping(const struct guest *g, gva_t at)
{
	u32 upper = (u32)get_slot(g->shadow.current->pages, slot_of(at)).bits;

	if (!(upper & PTE_PRESENT) || gva_value(at) >= SWITCHER_START)
		return 0;
	return (u32)read_entry(to_pfn(upper >> FRAME_SHIFT), table_index(at)).bits &
	       (upper | ~(PTE_WRITE | PTE_USER));
}

#include "hv/shadow_check.h"

/* -- 3. Fill on fault ------------------------------------------------------------------------ */

/* Remembers from what this slot was filled: its entry and, for SET_PMD, where that stands. A shared
 * table outlives the directory that filled it. */
static void remember_upper(struct shadow *s, gva_t at, const struct walk *walk)
{
	u32 slot = slot_of(at), page = slot / SHADOW_ENTRIES;
	bool kernel = is_kernel_slot(s, slot);
	pfn_t slots = kernel ? s->kernel_pages[page] : s->current->pages[page];

	record_entry(slots, slot % SHADOW_ENTRIES, walk->upper);
	record_middle(slots, slot % SHADOW_ENTRIES, walk->middle);
	if (PAE_GUEST)
		s->current->middle[page] = walk->middle;
	if (PAE_GUEST && kernel)
		s->kernel_middle[page] = walk->middle;
}

/* The same from a top entry, before anything is filled: a new directory starts with the shared
 * tables, and SET_PMD may name its middle directory for them. */
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

static enum fill_outcome fill(struct guest *g, gva_t at, u32 access)
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
	check_filled(g, at);
	g->shadow.counts.fills++;
	return FILL_DONE;
}

/* -- 4. The hypercalls ----------------------------------------------------------------------- */

static bool good_top(struct guest *g, gpa_t top)
{
	if (gpa_value(top) % GUEST_TOP_ALIGNMENT == 0 &&
	    gfn_value(gpa_frame(top)) < g->memory.frames)
		return true;
	guest_kill(g, "bad page directory address %#x", gpa_value(top));
	return false;
}

/* Nothing of the linear map may stay, but its directory will do for the first table. */
static void leave_linear_map(struct guest *g, gpa_t top)
{
	if (!good_top(g, top))
		return;
	drop_all(&g->shadow);
	g->shadow.current->top = top;
	g->shadow.linear = false;
	switch_directory(&g->shadow, top);
	learn_middles(g);
	check_empty(g);
}

static void new_table_hypercall(struct guest *g, gpa_t top)
{
	if (good_top(g, top) && switch_directory(&g->shadow, top))
		learn_middles(g);
}

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

static void announce_in(struct guest *g, struct shadow_directory *d, gva_t at, gpte_t entry)
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

/* Before the first NEW_PGTABLE it is not known what a top level looks like, and nothing is to do. */
static void set_pte(struct guest *g, gpa_t top, gva_t at, u64 bits)
{
	struct shadow *s = &g->shadow;
	gpte_t entry = {bits}; /* two-level: the low half */
	struct shadow_directory *d;

	if (gva_value(at) >= SWITCHER_START) {
		guest_kill(g, "bad page table entry: SET_PTE for %#x, in the Switcher's 4 MB",
			   gva_value(at));
		return;
	}
	if (s->linear || !good_top(g, top))
		return;
	if (is_kernel_slot(s, slot_of(at)))
		announce_in(g, s->current, at, entry);
	else if (gva_value(at) >= gva_value(s->kernel_address))
		announce_in_all(g, at, entry);
	else if ((d = find_directory(s, top)))
		announce_in(g, d, at, entry);
	check_set_pte(g, top, at, entry);
}

/* The user's tables from `slot` to before `end`. These can be the 512 slots of a PAE guest's top
 * entry, and a process has a table in few of them, a new one in none. */
static void drop_user_slots(struct shadow *s, struct shadow_directory *d, u32 slot, u32 end)
{
	for (; slot < end; slot++) {
		u32 tables = d->user_tables[slot / 32] >> slot % 32;

		if (!tables)
			slot |= 31; /* nor in the others of this word */
		else if (tables & 1)
			drop_slot(s, d, slot);
	}
}

/* Drops the tables that an entry of an upper level covers. */
static void drop_range(struct shadow *s, struct shadow_directory *d, u32 first, u32 end)
{
	if (d)
		drop_user_slots(s, d, first, end);
	for (u32 slot = first > s->kernel_slot ? first : s->kernel_slot;
	     slot < end && slot < SWITCHER_SLOT; slot++)
		drop_slot(s, d, slot);
}

static void set_pgd(struct guest *g, gpa_t top, u32 index)
{
	const struct guest_level *level = &guest_levels[0];
	const u32 slots = 1u << (level->shift - SHADOW_SLOT_SHIFT);
	struct shadow_directory *d;

	if (g->shadow.linear || !good_top(g, top))
		return;
	if (index >= level->entries) {
		guest_kill(g, "bad page directory index %u", index);
		return;
	}
	d = find_directory(&g->shadow, top);
	drop_range(&g->shadow, d, index * slots, (index + 1) * slots);
	check_set_pgd(g, top, index * slots, (index + 1) * slots);
	if (PAE_GUEST && d)
		learn_middle(g, d, index);
}

/* The slot for an entry of that middle directory, wherever it is in use. */
static void drop_slot_of_middle(struct shadow *s, gfn_t middle, u32 slot)
{
	u32 page = slot / SHADOW_ENTRIES;

	if (is_kernel_slot(s, slot) && gfn_value(s->kernel_middle[page]) == gfn_value(middle))
		drop_slot(s, NULL, slot);
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &s->directories[i];

		if (d->used && gfn_value(d->middle[page]) == gfn_value(middle))
			drop_slot(s, d, slot);
	}
}

/* The slots that entry `index` of the guest's middle directory covers. */
static void drop_middle(struct guest *g, gfn_t middle, u32 index)
{
	for (u32 page = 0; page < SHADOW_PAGES; page++) {
		u32 slot = page * SHADOW_ENTRIES + index;

		if (slot < SWITCHER_SLOT)
			drop_slot_of_middle(&g->shadow, middle, slot);
	}
	check_set_pmd(g, middle, index);
}

static void set_pmd(struct guest *g, gpa_t middle, u32 index)
{
	const struct guest_level *level = &guest_levels[TABLE_LEVEL];

	if (g->shadow.linear)
		return;
	if (!PAE_GUEST)
		guest_kill(g, "SET_PMD from a guest with two-level page tables");
	else if (gpa_offset(middle) || gfn_value(gpa_frame(middle)) >= g->memory.frames)
		guest_kill(g, "bad page middle directory address %#x", gpa_value(middle));
	else if (index >= level->entries)
		guest_kill(g, "bad page middle directory index %u", index);
	else
		drop_middle(g, gpa_frame(middle), index);
}

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

/* An entry of the guest's that has been used and is still good, as it is now; else nothing. */
static spte_t reread_entry(struct guest *g, gpte_t leaf)
{
	const u32 used = PTE_PRESENT | PTE_ACCESSED;

	if ((leaf.bits & used) != used || is_bad(g, LEAF, leaf))
		return (spte_t){0};
	return make_spte(g, leaf);
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
	leaves = (gpte_t *)guest_memory_map(&g->memory, entry_address(walk.upper));
	leaves += index_at(LEAF, at);
	for (u32 parts = frame_note(table); parts; parts &= parts - 1)
		reread_part(g, table, __builtin_ctz(parts) * PART_ENTRIES, entries, leaves);
	frame_unmap(leaves);
	frame_unmap(entries);
}

/* To read all of it again costs a third of what it costs to throw it away and fill what is needed
 * (docs/performance.md). */
static void flush_user(struct guest *g)
{
	struct shadow *s = &g->shadow;

	if (s->linear) /* which never changes */
		return;
	for (u32 word = 0; word < SHADOW_PAGES * SHADOW_ENTRIES / 32; word++)
		for (u32 bits = s->current->user_tables[word]; bits; bits &= bits - 1)
			reread_slot(g, word * 32 + __builtin_ctz(bits));
	check_slots(g, 0, s->kernel_slot);
}

static void flush_all(struct guest *g)
{
	struct shadow *s = &g->shadow;

	if (s->linear)
		return;
	drop_other_directories(s);
	flush_user(g);
	for (u32 slot = s->kernel_slot; slot < SWITCHER_SLOT; slot++)
		if (is_present(get_slot(s->kernel_pages, slot)))
			reread_slot(g, slot);
	check_slots(g, s->kernel_slot, SWITCHER_SLOT);
}

static void set_kernel_address(struct guest *g, gva_t address)
{
	/* A slot that only partly belongs to the kernel cannot be shared. */
	u32 whole = gva_value(address) + SLOT_SIZE - 1;

	forget_everything(&g->shadow);
	g->shadow.kernel_address = address;
	start_over(&g->shadow, whole >> SHADOW_SLOT_SHIFT, to_gpa(NO_TOP));
	check_empty(g);
}

static void pin(struct guest *g, gva_t stack_end, u32 pages)
{
	const u32 ready = PTE_PRESENT | PTE_WRITE;

	for (u32 i = 0; i < pages; i++) {
		gva_t page = to_gva(gva_value(stack_end) - 1 - i * FRAME_SIZE);

		if ((shadow_mapping(g, page) & ready) != ready)
			fill(g, page, ACCESS_WRITE);
	}
}

static bool open(struct guest *g, u32 budget)
{
	g->shadow.kernel_address = to_gva(SWITCHER_START);
	return cache_open(&g->shadow, &g->account, budget);
}

static void close(struct guest *g)
{
	forget_everything(&g->shadow);
}

/* -- 5. The guest's memory by linear address -------------------------------------------------- */

/* Maps the byte at `at` for one access, through the shadow: filled first if need be. */
static u8 *map_linear(struct guest *g, gva_t at, u32 access)
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

static bool write_virtual(struct guest *g, gva_t at, const void *from, u32 size)
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

/* -- 6. For people ----------------------------------------------------------------------------- */

#include "hv/shadow_inspect.h"

#include "hv/shadow_audit.h"

/* What the including file exports. */
#define SHADOW_ENGINE(engine_name)                                                                 \
	{                                                                                          \
		.name = engine_name, .pae_guest = PAE_GUEST, .pae_shadow = SHADOW_PAGES > 1,       \
		.fault_bits = FAULT_PRESENT | FAULT_WRITE | FAULT_USER |                           \
			      (GUEST_NO_EXECUTE != 0 ? FAULT_FETCH : 0),                           \
		.open = open, .close = close, .set_kernel_address = set_kernel_address,            \
		.fill = fill, .leave_linear_map = leave_linear_map,                                \
		.new_table = new_table_hypercall, .set_pte = set_pte, .set_pgd = set_pgd,          \
		.set_pmd = set_pmd, .flush_user = flush_user, .flush_all = flush_all, .pin = pin,  \
		.read = read_virtual, .write = write_virtual, .audit = audit,                      \
		.slot_shift = SHADOW_SLOT_SHIFT, .inspect = inspect,                               \
		.inspect_table = inspect_table,                                                    \
	}

#endif

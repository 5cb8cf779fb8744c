/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow page table engine.
 *
 *	1. Walking the guest's own tables, as a CPU would
 *	2. Making a shadow entry
 *	3. Fill on fault
 *	4. The hypercalls: switch, set, flush, pin
 *	5. The guest's memory by linear address
 */
#include "hv/shadow.h"

#include "hv/guest.h"
#include "lib/string.h"

/* Where PSE stands in a PDE, PAT stands in a PTE: neither exists for a guest. */
#define GPDE_BAD PDE_LARGE
#define GPTE_BAD PTE_PAT
#define RIGHTS (PTE_WRITE | PTE_USER)

/* -- 1. Walking ------------------------------------------------------------------------------ */

struct walk {
	gpde_t gpde; /* as they are now, A and D set */
	gpte_t gpte;
};

static bool is_guest_frame(const struct guest *g, gfn_t frame)
{
	return gfn_value(frame) < g->memory.frames;
}

static bool bad_gpde(const struct guest *g, gpde_t entry)
{
	return (entry.bits & GPDE_BAD) || !is_guest_frame(g, gpde_frame(entry));
}

static bool bad_gpte(const struct guest *g, gpte_t entry)
{
	return (entry.bits & GPTE_BAD) || !is_guest_frame(g, gpte_frame(entry));
}

/* Before its first NEW_PGTABLE the guest sees gva = gpa, kernel-only, as far as memory goes. */
static enum fill_outcome walk_linear(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	u32 flags = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;

	walk->gpde.bits = flags;
	walk->gpte.bits = (gva_value(at) & ~FRAME_OFFSET_MASK) | flags;
	if (bad_gpte(g, walk->gpte)) {
		guest_kill(g, "bad page table entry: nothing is mapped at %#x before NEW_PGTABLE",
			   gva_value(at));
		return FILL_KILLED;
	}
	return access & ACCESS_USER ? FILL_PROTECTED : FILL_DONE;
}

/* Maps the table at `frame`, which the caller knows to be the guest's. */
static void *map_guest_table(struct guest *g, gfn_t frame)
{
	pfn_t pfn;

	return guest_memory_frame(&g->memory, frame, &pfn) ? frame_map(pfn) : NULL;
}

/* The upper level. Like a CPU, sets A as soon as it goes through, whatever comes below. */
static enum fill_outcome walk_directory(struct guest *g, gva_t at, gpde_t *found)
{
	gpde_t *directory = map_guest_table(g, gpa_frame(g->shadow.current->top));
	gpde_t *entry = &directory[directory_index(at)];
	enum fill_outcome outcome = FILL_DONE;

	*found = *entry;
	if (!(found->bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (bad_gpde(g, *found)) {
		guest_kill(g, "bad page directory entry %#x for %#x", found->bits, gva_value(at));
		outcome = FILL_KILLED;
	} else if (!(found->bits & PTE_ACCESSED)) {
		found->bits |= PTE_ACCESSED;
		*entry = *found;
	}
	frame_unmap(directory);
	return outcome;
}

/* The lower level: rights are the AND of both levels, with CR0.WP set for the kernel too. */
static enum fill_outcome walk_table(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	gpte_t *table = map_guest_table(g, gpde_frame(walk->gpde));
	gpte_t *entry = &table[table_index(at)], found = *entry;
	u32 needed = access & (ACCESS_WRITE | ACCESS_USER); /* the same bits as in an entry */
	u32 marks = PTE_ACCESSED | (access & ACCESS_WRITE ? PTE_DIRTY : 0);
	enum fill_outcome outcome = FILL_DONE;

	if (!(found.bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (bad_gpte(g, found)) {
		guest_kill(g, "bad page table entry %#x for %#x", found.bits, gva_value(at));
		outcome = FILL_KILLED;
	} else if (needed & ~(found.bits & walk->gpde.bits)) {
		outcome = FILL_PROTECTED;
	} else if ((found.bits & marks) != marks) {
		found.bits |= marks;
		*entry = found;
	}
	frame_unmap(table);
	walk->gpte = found;
	return outcome;
}
_Static_assert(ACCESS_WRITE == PTE_WRITE && ACCESS_USER == PTE_USER, "compared in walk_table");

static enum fill_outcome walk_guest(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	enum fill_outcome outcome;

	if (gva_value(at) >= SWITCHER_START)
		return FILL_NOT_PRESENT; /* whatever the guest's tables have there */
	if (g->shadow.linear)
		return walk_linear(g, at, access, walk);
	outcome = walk_directory(g, at, &walk->gpde);
	return outcome == FILL_DONE ? walk_table(g, at, access, walk) : outcome;
}

/* -- 2. Making a shadow entry ---------------------------------------------------------------- */

/*
 * The only function that makes a present shadow entry, and so the argument for isolation: its
 * frame comes from this guest's memory table, its rights are among the guest's own. Writable only
 * once DIRTY is set: until then, the first write must come to us. The guest's cache bits are not
 * passed on.
 */
static spte_t make_spte(struct guest *g, gpte_t entry)
{
	u32 rights = entry.bits & RIGHTS;
	pfn_t frame;

	if (!guest_memory_frame(&g->memory, gpte_frame(entry), &frame))
		return (spte_t){0};
	if (!(entry.bits & PTE_DIRTY))
		rights &= ~PTE_WRITE;
	return (spte_t){paddr_value(pfn_address(frame)) | rights | PTE_PRESENT | PTE_ACCESSED |
			PTE_DIRTY};
}

static void set_spte(pfn_t table, gva_t at, spte_t entry)
{
	spte_t *entries = frame_map(table);

	entries[table_index(at)] = entry;
	frame_unmap(entries);
}

/* The shadow entry for `at` in the current directory, with the rights of both levels. */
static spte_t get_spte(const struct guest *g, gva_t at)
{
	const spde_t *slots = shadow_slots(g->shadow.current);
	spde_t upper = slots[directory_index(at)];
	const spte_t *table;
	spte_t entry = {0};

	frame_unmap(slots);
	if (!(upper.bits & PTE_PRESENT) || gva_value(at) >= SWITCHER_START)
		return entry;
	table = frame_map(spde_frame(upper));
	entry = table[table_index(at)];
	frame_unmap(table);
	entry.bits &= upper.bits | ~(u32)RIGHTS;
	return entry;
}

/* -- 3. Fill on fault ------------------------------------------------------------------------ */

enum fill_outcome shadow_fill(struct guest *g, gva_t at, u32 access)
{
	struct walk walk;
	enum fill_outcome outcome = walk_guest(g, at, access, &walk);
	pfn_t table;

	if (outcome != FILL_DONE)
		return outcome;
	table = shadow_table(&g->shadow, directory_index(at), walk.gpde.bits & RIGHTS);
	set_spte(table, at, make_spte(g, walk.gpte));
	g->shadow.counts.fills++;
	return FILL_DONE;
}

/* -- 4. The hypercalls ----------------------------------------------------------------------- */

static bool good_top(struct guest *g, gpa_t top)
{
	if (gpa_offset(top) == 0 && is_guest_frame(g, gpa_frame(top)))
		return true;
	guest_kill(g, "bad page directory address %#x", gpa_value(top));
	return false;
}

void shadow_new_table(struct guest *g, gpa_t top)
{
	if (!good_top(g, top))
		return;
	if (g->shadow.linear) { /* nothing of the linear map may stay, but its directory will do */
		shadow_drop_all(&g->shadow);
		g->shadow.current->top = top;
		g->shadow.linear = false;
	}
	shadow_switch(&g->shadow, top);
}

/* An entry that the guest has used (A) is installed at once; another waits for its first use. */
static void announce(struct guest *g, pfn_t table, gva_t at, gpte_t entry)
{
	const u32 used = PTE_PRESENT | PTE_ACCESSED;

	if ((entry.bits & used) != used) {
		set_spte(table, at, (spte_t){0});
	} else if (bad_gpte(g, entry)) {
		set_spte(table, at, (spte_t){0});
		guest_kill(g, "bad page table entry %#x for %#x", entry.bits, gva_value(at));
	} else {
		set_spte(table, at, make_spte(g, entry));
	}
}

static void announce_in(struct guest *g, struct shadow_directory *d, gva_t at, gpte_t entry)
{
	const spde_t *slots = shadow_slots(d);
	spde_t upper = slots[directory_index(at)];

	frame_unmap(slots);
	if (upper.bits & PTE_PRESENT)
		announce(g, spde_frame(upper), at, entry);
}

/* A kernel address in a slot that is not wholly the kernel's: each directory has its own table. */
static void announce_in_all(struct guest *g, gva_t at, gpte_t entry)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (g->shadow.directories[i].used)
			announce_in(g, &g->shadow.directories[i], at, entry);
}

void shadow_set_pte(struct guest *g, gpa_t top, gva_t at, gpte_t entry)
{
	struct shadow *s = &g->shadow;
	struct shadow_directory *d;

	if (!good_top(g, top))
		return;
	if (gva_value(at) >= SWITCHER_START) {
		guest_kill(g, "bad page table entry: SET_PTE for %#x, in the Switcher's 4 MB",
			   gva_value(at));
		return;
	}
	if (s->linear)
		return;
	if (directory_index(at) >= s->kernel_slot)
		announce_in(g, s->current, at, entry);
	else if (gva_value(at) >= gva_value(s->kernel_address))
		announce_in_all(g, at, entry);
	else if ((d = shadow_find(s, top)))
		announce_in(g, d, at, entry);
}

void shadow_set_pgd(struct guest *g, gpa_t top, u32 index)
{
	struct shadow_directory *d;

	if (!good_top(g, top))
		return;
	if (index >= TABLE_ENTRIES) {
		guest_kill(g, "bad page directory index %u", index);
		return;
	}
	if (index == TOP_SLOT || g->shadow.linear)
		return;
	d = index >= g->shadow.kernel_slot ? g->shadow.current : shadow_find(&g->shadow, top);
	if (d)
		shadow_drop_slot(&g->shadow, d, index);
}

void shadow_flush_user(struct guest *g)
{
	shadow_drop_user_tables(&g->shadow, g->shadow.current);
}

void shadow_flush_all(struct guest *g)
{
	shadow_drop_all(&g->shadow);
}

void shadow_set_kernel_address(struct guest *g, gva_t address)
{
	/* A slot that only partly belongs to the kernel cannot be shared. */
	u32 whole = gva_value(address) + DIRECTORY_SLOT_SIZE - 1;

	shadow_drop_all(&g->shadow);
	g->shadow.kernel_address = address;
	g->shadow.kernel_slot = whole >> DIRECTORY_SHIFT;
}

void shadow_pin(struct guest *g, gva_t stack_end, u32 pages)
{
	const u32 ready = PTE_PRESENT | PTE_WRITE;

	for (u32 i = 0; i < pages; i++) {
		gva_t page = to_gva(gva_value(stack_end) - 1 - i * FRAME_SIZE);

		if ((get_spte(g, page).bits & ready) != ready)
			shadow_fill(g, page, ACCESS_WRITE);
	}
}

bool shadow_open(struct guest *g, u32 budget)
{
	g->shadow.kernel_address = to_gva(SWITCHER_START);
	return shadow_cache_open(&g->shadow, &g->account, budget);
}

void shadow_close(struct guest *g)
{
	shadow_cache_close(&g->shadow);
}

/* -- 5. The guest's memory by linear address -------------------------------------------------- */

/* Maps the byte at `at` for one access, through the shadow: filled first if need be. */
static u8 *map_linear(struct guest *g, gva_t at, u32 access)
{
	const u32 needed = PTE_PRESENT | access;
	spte_t entry = get_spte(g, at);
	u8 *frame;

	if ((entry.bits & needed) != needed) {
		if (shadow_fill(g, at, access) != FILL_DONE)
			return NULL;
		entry = get_spte(g, at);
	}
	frame = frame_map(spte_frame(entry));
	return frame + (gva_value(at) & FRAME_OFFSET_MASK);
}

/* How many of `size` bytes from `at` lie in its page. */
static u32 part_in_page(gva_t at, u32 size)
{
	u32 room = FRAME_SIZE - (gva_value(at) & FRAME_OFFSET_MASK);

	return size < room ? size : room;
}

bool guest_virtual_read(struct guest *g, gva_t at, void *to, u32 size)
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

bool guest_virtual_write(struct guest *g, gva_t at, const void *from, u32 size)
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

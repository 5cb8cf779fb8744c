/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow memory of one guest: its shadow directories, the tables below them, and their budget.
 * Part of the engine: included by shadow_engine.h, once for each combination of formats.
 *
 * A directory shadows one page directory of the guest's. They are a cache: the least recently used
 * one is given up for a new one, the running one never. A directory has one slot for each table
 * that it can have; its slots stand in one page (two-level) or in up to four (PAE). The tables from
 * kernel_slot up are shared: kernel_pages list them, and every directory has the same. A page of
 * nothing but shared slots is itself shared.
 *
 *	kernel_pages       [ ....... | K0 K1 | Switcher ]
 *	directory 0        [ u u . u | K0 K1 | Switcher ]   <- current
 *	directory 1        [ . u . . | K0 K1 | Switcher ]
 *
 * When the budget is spent, tables are reclaimed: first those of the least recently used directories, then
 * those of the running one, shared ones too. All of it can be filled again, so this costs time and nothing
 * else. A guest can have thousands of tables: they are dropped in parts (hv/stretch.h).
 *
 *	1. The budget
 *	2. Slots
 *	3. Tables
 *	4. Directories
 *	5. Set-up and tear-down
 */
#ifndef HV_SHADOW_CACHE_H
#define HV_SHADOW_CACHE_H

#include "abi/lguest.h"
#include "arch/x86/host_tables.h"
#include "hv/shadow.h"
#include "hv/shadow_record.h"
#include "hv/stretch.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"
#include "mm/frame_table.h"

#define NO_TOP 0xFFFFFFFFu /* no page directory is here: of no alignment */

#define SWITCHER_SLOT (SWITCHER_START >> SHADOW_SLOT_SHIFT)
#define SLOT_SIZE (1u << SHADOW_SLOT_SHIFT)
#define NO_PAGE to_pfn(0)

static u32 slot_of(gva_t at)
{
	return gva_value(at) >> SHADOW_SLOT_SHIFT;
}

static u32 table_index(gva_t at)
{
	return gva_value(at) >> FRAME_SHIFT & (SHADOW_ENTRIES - 1);
}

/* -- 1. The budget --------------------------------------------------------------------------- */

/* One part of dropping tables. More than one instruction can need: after it that instruction gets all of its
 * tables, whichever were dropped. */
#define TABLES_AT_ONCE 32u
_Static_assert(TABLES_AT_ONCE > SHADOW_BUDGET_MIN, "enough for one instruction");

static void give_up_directory(struct shadow *s, struct shadow_directory *d);
static bool drop_user_tables(struct shadow *s, struct shadow_directory *d, u32 *most);
static bool drop_kernel_tables(struct shadow *s, u32 *most);

static u32 age(const struct shadow *s, const struct shadow_directory *d)
{
	return s->switches - d->last_used;
}

static struct shadow_directory *least_recently_used(struct shadow *s)
{
	struct shadow_directory *oldest = NULL;

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &s->directories[i];

		if (d->used && d != s->current && (!oldest || age(s, d) > age(s, oldest)))
			oldest = d;
	}
	return oldest;
}

/* Frees at least one frame: tables of the least recently used directories, and of the running one only when
 * there is no other. */
static void reclaim(struct shadow *s)
{
	u32 before = s->frames, most = TABLES_AT_ONCE;
	struct shadow_directory *victim;

	s->counts.reclaims++;
	while (s->frames == before && (victim = least_recently_used(s))) {
		if (!drop_user_tables(s, victim, &most))
			break;
		give_up_directory(s, victim); /* one that shares everything frees nothing */
		s->counts.evictions++;
	}
	if (s->frames == before && drop_user_tables(s, s->current, &most))
		drop_kernel_tables(s, &most);
	ASSERT(s->frames < before);
}

/* A zeroed frame for a directory or a table. */
static pfn_t shadow_frame(struct shadow *s)
{
	pfn_t frame;
	bool paid;

	if (s->frames >= s->budget)
		reclaim(s);
	paid = frame_alloc_zeroed(s->account, &frame);
	ASSERT(paid); /* the budget was set aside when the guest was made */
	frame_set_use(frame, FRAME_SHADOW);
	record_open(s, frame);
	s->frames++;
	return frame;
}

static void free_shadow_frame(struct shadow *s, pfn_t frame)
{
	record_close(s, frame);
	frame_free(s->account, frame);
	s->frames--;
}

/* -- 2. Slots -------------------------------------------------------------------------------- */

static bool is_kernel_slot(const struct shadow *s, u32 slot)
{
	return slot >= s->kernel_slot;
}

/* True if all slots of page `index` are the kernel's: then the page itself is shared. */
static bool is_shared_page(const struct shadow *s, u32 index)
{
	return is_kernel_slot(s, index * SHADOW_ENTRIES);
}

static spte_t read_entry(pfn_t page, u32 index)
{
	const spte_t *entries = frame_map(page);
	spte_t entry = entries[index];

	frame_unmap(entries);
	return entry;
}

static void write_entry(pfn_t page, u32 index, spte_t entry)
{
	spte_t *entries = frame_map(page);

	entries[index] = entry;
	frame_unmap(entries);
}

static spte_t get_slot(const pfn_t *pages, u32 slot)
{
	pfn_t page = pages[slot / SHADOW_ENTRIES];

	if (SHADOW_PAGES > 1 && !pfn_value(page))
		return (spte_t){0};
	return read_entry(page, slot % SHADOW_ENTRIES);
}

static void set_slot(const pfn_t *pages, u32 slot, spte_t entry)
{
	write_entry(pages[slot / SHADOW_ENTRIES], slot % SHADOW_ENTRIES, entry);
}

/* The same entry in the list of shared tables and wherever a directory has a copy of it. */
static void set_shared_slot(struct shadow *s, u32 slot, spte_t entry)
{
	set_slot(s->kernel_pages, slot, entry);
	if (is_shared_page(s, slot / SHADOW_ENTRIES))
		return;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			set_slot(s->directories[i].pages, slot, entry);
}

/* -- 3. Tables ------------------------------------------------------------------------------- */

static pfn_t entry_frame(spte_t entry)
{
	return to_pfn((u32)entry.bits >> FRAME_SHIFT);
}

static bool is_present(spte_t entry)
{
	return entry.bits & PTE_PRESENT;
}

#define SLOT_RIGHTS (PTE_WRITE | PTE_USER | SHADOW_NO_EXECUTE)

static u64 slot_bits(pfn_t table, spte_t rights)
{
	return paddr_value(pfn_address(table)) | PTE_PRESENT | PTE_ACCESSED |
	       (rights.bits & SLOT_RIGHTS);
}

/* What a slot has for a table: one of this guest's shadow tables, whatever the caller has found.
 * `rights` as in the guest's entry of the level above the table. */
static spte_t table_entry(const struct shadow *s, pfn_t table, spte_t rights)
{
	frame_assert(table, s->account, FRAME_SHADOW);
	return (spte_t){slot_bits(table, rights)};
}

/* Puts page `index` of a directory, one of this guest's, where the CPU finds it. */
static void link_page(const struct shadow *s, const struct shadow_directory *d, u32 index)
{
	frame_assert(d->pages[index], s->account, FRAME_SHADOW);
	shadow_link_page(d->root, index, d->pages[index]);
}

/* Gives the current directory page `index`, if it has none yet. */
static void need_page(struct shadow *s, u32 index)
{
	struct shadow_directory *d = s->current;

	if (SHADOW_PAGES == 1 || pfn_value(d->pages[index]))
		return;
	d->pages[index] = shadow_frame(s);
	link_page(s, d, index);
}

static void link_table(struct shadow *s, u32 slot, pfn_t table, spte_t rights)
{
	spte_t entry = table_entry(s, table, rights);

	if (is_kernel_slot(s, slot))
		set_shared_slot(s, slot, entry);
	else
		set_slot(s->current->pages, slot, entry);
}

static pfn_t new_table(struct shadow *s, u32 slot, spte_t rights)
{
	pfn_t table;

	need_page(s, slot / SHADOW_ENTRIES);
	table = shadow_frame(s);
	link_table(s, slot, table, rights);
	if (!is_kernel_slot(s, slot)) {
		s->current->user_tables[slot / 32] |= 1u << slot % 32;
		s->current->user_table_count++;
	}
	return table;
}

/* The table of `slot`, never the Switcher's, in the current directory; made if there is none, its
 * entry given `rights`. Never fails: it reclaims. Any table but this one may be gone afterwards. */
static HOT pfn_t need_table(struct shadow *s, u32 slot, spte_t rights)
{
	spte_t entry = get_slot(s->current->pages, slot);

	ASSERT(slot < SWITCHER_SLOT);
	if (!is_present(entry))
		return new_table(s, slot, rights);
	if ((entry.bits & SLOT_RIGHTS) != rights.bits)
		link_table(s, slot, entry_frame(entry), rights);
	return entry_frame(entry);
}

/* Drops the table of one slot: a shared one everywhere, else in `d`. */
static void drop_slot(struct shadow *s, struct shadow_directory *d, u32 slot)
{
	spte_t entry = get_slot(is_kernel_slot(s, slot) ? s->kernel_pages : d->pages, slot);

	if (!is_present(entry))
		return;
	if (is_kernel_slot(s, slot)) {
		set_shared_slot(s, slot, (spte_t){0});
	} else {
		set_slot(d->pages, slot, (spte_t){0});
		d->user_tables[slot / 32] &= ~(1u << slot % 32);
		d->user_table_count--;
	}
	free_shadow_frame(s, entry_frame(entry));
}

/* Drops at most *most of the user's tables, and takes their number off it. True if none is left. */
static bool drop_user_tables(struct shadow *s, struct shadow_directory *d, u32 *most)
{
	for (u32 word = 0; d->user_table_count; word++)
		for (; d->user_tables[word]; --*most) {
			if (!*most)
				return false;
			drop_slot(s, d, word * 32 + __builtin_ctz(d->user_tables[word]));
		}
	return true;
}

static void forget_kernel_middles(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_PAGES; i++)
		s->kernel_middle[i] = NO_MIDDLE;
}

/* The same of the shared tables. */
static bool drop_kernel_tables(struct shadow *s, u32 *most)
{
	for (u32 slot = s->kernel_slot; slot < SWITCHER_SLOT; slot++) {
		if (!is_present(get_slot(s->kernel_pages, slot)))
			continue;
		if (!*most)
			return false;
		drop_slot(s, s->current, slot);
		--*most;
	}
	forget_kernel_middles(s);
	return true;
}

/* All of the user's tables, in as many parts as the stretch has room for. */
static enum progress drop_all_user_tables(struct shadow *s, struct shadow_directory *d)
{
	u32 most = TABLES_AT_ONCE;

	while (!drop_user_tables(s, d, &most)) {
		if (stretch_is_spent())
			return AGAIN;
		most = TABLES_AT_ONCE;
	}
	return DONE;
}

static enum progress drop_all_kernel_tables(struct shadow *s)
{
	u32 most = TABLES_AT_ONCE;

	while (!drop_kernel_tables(s, &most)) {
		if (stretch_is_spent())
			return AGAIN;
		most = TABLES_AT_ONCE;
	}
	return DONE;
}

/* -- 4. Directories -------------------------------------------------------------------------- */

/* Its tables have been dropped. */
static void give_up_directory(struct shadow *s, struct shadow_directory *d)
{
	ASSERT(!d->user_table_count);
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (pfn_value(d->pages[i]) && !is_shared_page(s, i))
			free_shadow_frame(s, d->pages[i]);
		d->pages[i] = NO_PAGE;
	}
	if (SHADOW_OWN_ROOT)
		free_shadow_frame(s, d->root);
	d->used = false;
	d->top = to_gpa(NO_TOP);
}

static struct shadow_directory *unused_directory(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (!s->directories[i].used)
			return &s->directories[i];
	return NULL;
}

/* Sees to it that a directory can be made: AGAIN if that takes longer. */
static enum progress prepare_directory(struct shadow *s)
{
	return unused_directory(s) ? DONE : drop_all_user_tables(s, least_recently_used(s));
}

/* prepare_directory has returned DONE. */
static struct shadow_directory *free_directory(struct shadow *s)
{
	struct shadow_directory *d = unused_directory(s);

	if (d)
		return d;
	d = least_recently_used(s);
	give_up_directory(s, d);
	s->counts.evictions++;
	return d;
}

/* The page of a new directory that lists shared tables, and the Switcher's: the shared one itself,
 * or `copy` made like it. */
static pfn_t kernel_page(const struct shadow *s, u32 index, pfn_t copy)
{
	const spte_t *from;
	spte_t *to;

	if (is_shared_page(s, index))
		return s->kernel_pages[index];
	from = frame_map(s->kernel_pages[index]);
	to = frame_map(copy);
	for (u32 i = s->kernel_slot % SHADOW_ENTRIES; i < SHADOW_ENTRIES; i++)
		to[i] = from[i];
	frame_unmap(from);
	frame_unmap(to);
	return copy;
}

/* Which pages a new directory has from the start: those that list shared tables. Of these only the
 * first can be partly the user's. */
static u32 first_kernel_page(const struct shadow *s)
{
	return s->kernel_slot / SHADOW_ENTRIES;
}

static struct shadow_directory *new_directory(struct shadow *s, gpa_t top)
{
	u32 first = first_kernel_page(s);
	struct shadow_directory *d;
	pfn_t copy, root;

	/* All frames first: to get them may give directories up. */
	copy = is_shared_page(s, first) ? NO_PAGE : shadow_frame(s);
	root = SHADOW_OWN_ROOT ? shadow_frame(s) : kernel_page(s, first, copy);
	d = free_directory(s);
	d->used = true;
	d->top = top;
	d->root = root;
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		d->middle[i] = NO_MIDDLE;
		if (i < first)
			continue;
		d->pages[i] = kernel_page(s, i, copy);
		link_page(s, d, i);
	}
	return d;
}

static NOINLINE struct shadow_directory *search_directory(struct shadow *s, gpa_t top, u8 *hint)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (gpa_value(s->directories[i].top) == gpa_value(top)) {
			*hint = i;
			return &s->directories[i];
		}
	return NULL;
}

/* The directory that shadows `top`, or NULL. */
static ALWAYS_INLINE struct shadow_directory *find_directory(struct shadow *s, gpa_t top)
{
	u8 *hint = &s->hints[gfn_value(gpa_frame(top)) % SHADOW_HINTS];
	struct shadow_directory *d = &s->directories[*hint];

	return gpa_value(d->top) == gpa_value(top) ? d : search_directory(s, top, hint);
}

/* Makes the directory for `top` the current one. *is_new: it knows only the shared tables. */
static ALWAYS_INLINE enum progress switch_directory(struct shadow *s, gpa_t top, bool *is_new)
{
	struct shadow_directory *d = find_directory(s, top);

	*is_new = !d;
	if (d) {
		s->counts.hits++;
	} else {
		if (prepare_directory(s) == AGAIN)
			return AGAIN;
		s->counts.misses++;
		d = new_directory(s, top);
	}
	d->last_used = ++s->switches;
	s->current = d;
	return DONE;
}

/* -- 5. Set-up and tear-down ----------------------------------------------------------------- */

static enum progress drop_other_directories(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &s->directories[i];

		if (!d->used || d == s->current)
			continue;
		if (drop_all_user_tables(s, d) == AGAIN)
			return AGAIN;
		give_up_directory(s, d);
		if (stretch_is_spent())
			return AGAIN;
	}
	return DONE;
}

/* Drops every table and every directory but the current one. */
static enum progress drop_all(struct shadow *s)
{
	if (drop_other_directories(s) == AGAIN || drop_all_user_tables(s, s->current) == AGAIN)
		return AGAIN;
	return drop_all_kernel_tables(s);
}

/* Makes the pages that list shared tables; nothing but the Switcher is in them yet. */
static void make_kernel_pages(struct shadow *s)
{
	spte_t switcher = {guest_top_table_entry()};

	for (u32 i = first_kernel_page(s); i < SHADOW_PAGES; i++)
		s->kernel_pages[i] = shadow_frame(s);
	set_slot(s->kernel_pages, SWITCHER_SLOT, switcher);
}

/* Gives up everything; afterwards there is nothing, not even a current directory. */
static enum progress forget_everything(struct shadow *s)
{
	if (drop_all(s) == AGAIN)
		return AGAIN;
	give_up_directory(s, s->current);
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (pfn_value(s->kernel_pages[i]))
			free_shadow_frame(s, s->kernel_pages[i]);
		s->kernel_pages[i] = NO_PAGE;
	}
	ASSERT(s->frames == 0);
	return DONE;
}

/* From nothing to the one directory of the linear map. */
static void start_over(struct shadow *s, u32 kernel_slot, gpa_t top)
{
	s->kernel_slot = kernel_slot;
	s->shared_from = to_gva(kernel_slot << SHADOW_SLOT_SHIFT);
	forget_kernel_middles(s);
	make_kernel_pages(s);
	s->current = new_directory(s, top);
	s->current->last_used = ++s->switches;
}

/* False if `account` cannot pay for the budget. */
static bool cache_open(struct shadow *s, struct frame_account *account, u32 budget)
{
	if (account->limit - account->used < shadow_cost(budget) || budget < SHADOW_BUDGET_MIN)
		return false;
	s->account = account;
	s->budget = budget;
	s->linear = true;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		s->directories[i].top = to_gpa(NO_TOP);
	start_over(s, SWITCHER_SLOT, to_gpa(NO_TOP));
	return true;
}

#endif

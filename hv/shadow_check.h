/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold as soon as the engine has filled an entry or heard of a change. Part of the engine:
 * included by shadow_engine.h, once for each combination of formats. Debug builds only.
 *
 * Later, the guest may change its tables and say nothing, and the shadow lags behind. But an entry that
 * is filled has no more rights than the guest's tables have at that moment, and what a hypercall covers
 * is gone, or again no more than the tables have. The tables are read here once more, and in a plainer
 * way than walk_guest does.
 */
#ifndef HV_SHADOW_CHECK_H
#define HV_SHADOW_CHECK_H

#include "hv/shadow_walk.h"

#ifdef CONFIG_DEBUG

#define AUDIT(condition, guest, what)                                                              \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("audit of guest %s: %s", (guest)->config->name, what);               \
	} while (0)

/* True if `rights` are among those of the guest's entry in this record. */
static bool are_rights_of(spte_t rights, u32 record)
{
	const u32 used = PTE_PRESENT | PTE_ACCESSED;
	bool no_execute = rights.bits & SHADOW_NO_EXECUTE;

	if ((record & used) != used || (rights.bits & (PTE_WRITE | PTE_USER) & ~record))
		return false;
	return no_execute || !(record & RECORD_NO_EXECUTE) || SHADOW_NO_EXECUTE == 0;
}

/* True if this entry of a shadow table may have been made from the guest's entry in this record. */
static bool is_made_from(struct guest *g, spte_t entry, u32 record)
{
	pfn_t frame;

	return are_rights_of(entry, record) &&
	       (!(entry.bits & PTE_WRITE) || (record & PTE_DIRTY)) &&
	       guest_memory_frame(&g->memory, to_gfn(record >> FRAME_SHIFT), &frame) &&
	       pfn_value(entry_frame(entry)) == pfn_value(frame);
}

/* The guest's entry in a table of this level; 0 if it has no such table. */
static gpte_t look(struct guest *g, gpa_t table, u32 level, gva_t at)
{
	const gpte_t *entries = (gpte_t *)guest_memory_map(&g->memory, table);
	gpte_t entry = {0};

	if (entries) {
		entry = entries[index_at(level, at)];
		frame_unmap(entries);
	}
	return entry;
}

/* The guest's entry above the page table for `at`; 0 if there is none. */
static gpte_t look_upper(struct guest *g, gva_t at)
{
	gpte_t entry = look(g, g->shadow.current->top, 0, at);

	if (PAE_GUEST && (entry.bits & PTE_PRESENT))
		entry = look(g, entry_address(entry), 1, at);
	return entry.bits & PTE_PRESENT ? entry : (gpte_t){0};
}

/* Nothing in this slot of the current directory is more than the guest's tables have now. */
static void check_slot(struct guest *g, u32 slot)
{
	spte_t entry = get_slot(g->shadow.current->pages, slot);
	gva_t at = to_gva(slot << SHADOW_SLOT_SHIFT);
	gpte_t upper;

	if (!is_present(entry))
		return;
	upper = look_upper(g, at);
	AUDIT(are_rights_of(entry, record_of(upper)), g, "a slot that the guest's tables forbid");
	for (u32 i = 0; i < SHADOW_ENTRIES; i++, at = to_gva(gva_value(at) + FRAME_SIZE)) {
		spte_t leaf = read_entry(entry_frame(entry), i);

		AUDIT(!is_present(leaf) ||
			  is_made_from(g, leaf, record_of(look(g, entry_address(upper), LEAF, at))),
		      g, "an entry that the guest's tables forbid");
	}
}

static void check_slots(struct guest *g, u32 first, u32 end)
{
	for (u32 slot = first; slot < end; slot++)
		check_slot(g, slot);
}

static void check_filled(struct guest *g, gva_t at)
{
	spte_t slot = get_slot(g->shadow.current->pages, slot_of(at));
	spte_t entry = read_entry(entry_frame(slot), table_index(at));
	gpte_t upper;

	if (g->shadow.linear)
		return;
	upper = look_upper(g, at);
	AUDIT(is_present(slot) && are_rights_of(slot, record_of(upper)), g,
	      "a slot was filled with rights that the guest's tables forbid");
	AUDIT(is_present(entry) &&
		  is_made_from(g, entry, record_of(look(g, entry_address(upper), LEAF, at))),
	      g, "an entry was filled that the guest's tables forbid");
}

/* SET_PTE: every table that it concerns has this entry or none. */
static void check_set_pte(struct guest *g, gpa_t top, gva_t at, gpte_t entry)
{
	bool everywhere = gva_value(at) >= gva_value(g->shadow.kernel_address);

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &g->shadow.directories[i];
		spte_t slot, leaf;

		if (!d->used || (!everywhere && gpa_value(d->top) != gpa_value(top)))
			continue;
		slot = get_slot(d->pages, slot_of(at));
		if (!is_present(slot))
			continue;
		leaf = read_entry(entry_frame(slot), table_index(at));
		AUDIT(!is_present(leaf) || is_made_from(g, leaf, record_of(entry)), g,
		      "an entry of before SET_PTE");
	}
}

/* SET_PGD: what it covers is gone, the kernel's in every directory. */
static void check_set_pgd(struct guest *g, gpa_t top, u32 first, u32 end)
{
	struct shadow *s = &g->shadow;

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++) {
		struct shadow_directory *d = &s->directories[i];

		for (u32 slot = first; d->used && slot < end && slot < SWITCHER_SLOT; slot++)
			AUDIT((gpa_value(d->top) != gpa_value(top) && !is_kernel_slot(s, slot)) ||
				  !is_present(get_slot(d->pages, slot)),
			      g, "a table of before SET_PGD");
	}
}

static bool came_by(const pfn_t *pages, u32 slot, gfn_t middle)
{
	return is_present(get_slot(pages, slot)) &&
	       gfn_value(recorded_middle(pages[slot / SHADOW_ENTRIES], slot % SHADOW_ENTRIES)) ==
		   gfn_value(middle);
}

/* SET_PMD: no table is left whose slot was filled from this entry of that middle directory. */
static void check_set_pmd(struct guest *g, gfn_t middle, u32 index)
{
	struct shadow *s = &g->shadow;

	for (u32 slot = index; slot < SWITCHER_SLOT; slot += SHADOW_ENTRIES) {
		AUDIT(!is_kernel_slot(s, slot) || !came_by(s->kernel_pages, slot, middle), g,
		      "a shared table of before SET_PMD");
		for (u32 i = 0; i < SHADOW_DIRECTORIES && !is_kernel_slot(s, slot); i++)
			AUDIT(!s->directories[i].used ||
				  !came_by(s->directories[i].pages, slot, middle),
			      g, "a table of before SET_PMD");
	}
}

/* A new start: the linear map is gone. */
static void check_empty(struct guest *g)
{
	for (u32 slot = 0; slot < SWITCHER_SLOT; slot++)
		AUDIT(!is_present(get_slot(g->shadow.current->pages, slot)), g,
		      "a table of the linear map");
}

#else

static inline void check_slots(struct guest *g, u32 first, u32 end)
{
	(void)g;
	(void)first;
	(void)end;
}

static inline void check_filled(struct guest *g, gva_t at)
{
	(void)g;
	(void)at;
}

static inline void check_set_pte(struct guest *g, gpa_t top, gva_t at, gpte_t entry)
{
	(void)g;
	(void)top;
	(void)at;
	(void)entry;
}

static inline void check_set_pgd(struct guest *g, gpa_t top, u32 first, u32 end)
{
	(void)g;
	(void)top;
	(void)first;
	(void)end;
}

static inline void check_set_pmd(struct guest *g, gfn_t middle, u32 index)
{
	(void)g;
	(void)middle;
	(void)index;
}

static inline void check_empty(struct guest *g)
{
	(void)g;
}

#endif
#endif

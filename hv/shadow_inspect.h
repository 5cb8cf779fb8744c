/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at both sets of tables, for people (hv/monitor_memory.c). Part of the engine: included by
 * shadow_engine.h, once for each combination of formats. Changes nothing, and sets no marks in the
 * guest's tables; broken tables end the look, and not the guest.
 */
#ifndef HV_SHADOW_INSPECT_H
#define HV_SHADOW_INSPECT_H

#include "hv/shadow_walk.h"

static struct walk_step walk_step(u32 index, u64 entry)
{
	return (struct walk_step){.taken = true, .index = index, .entry = entry};
}

static void inspect_linear(struct guest *g, gva_t at, struct address_walk *walk)
{
	walk->linear = true;
	walk->leads =
	    gva_value(at) < SWITCHER_START && gva_value(at) >> FRAME_SHIFT < g->memory.frames;
	walk->gpa = to_gpa(gva_value(at));
}

static void inspect_guest(struct guest *g, gva_t at, struct address_walk *walk)
{
	gpa_t table = g->shadow.current->top;

	for (u32 level = 0; level <= LEAF; level++) {
		u32 index = index_at(level, at);
		const gpte_t *entries = (gpte_t *)guest_memory_map(&g->memory, table);
		gpte_t entry;

		if (!entries)
			return;
		entry = entries[index];
		frame_unmap(entries);
		walk->guest[LEAF - level] = walk_step(index, entry.bits);
		walk->bad = (entry.bits & PTE_PRESENT) && is_bad(g, level, entry);
		if (!(entry.bits & PTE_PRESENT) || walk->bad)
			return;
		table = entry_address(entry);
	}
	walk->leads = gva_value(at) < SWITCHER_START;
	walk->gpa = to_gpa(gpa_value(table) + (gva_value(at) & FRAME_OFFSET_MASK));
}

static void inspect_shadow(const struct guest *g, gva_t at, struct address_walk *walk)
{
	const struct shadow_directory *d = g->shadow.current;
	u32 slot = slot_of(at), page = slot / SHADOW_ENTRIES;
	spte_t upper = get_slot(d->pages, slot);

	if (SHADOW_OWN_ROOT)
		walk->shadow[2] = walk_step(page, read_entry(d->root, page).bits);
	if (SHADOW_OWN_ROOT && !pfn_value(d->pages[page]))
		return;
	walk->shadow[1] = walk_step(slot % SHADOW_ENTRIES, upper.bits);
	if (!is_present(upper))
		return;
	walk->shadow[0] =
	    walk_step(table_index(at), read_entry(entry_frame(upper), table_index(at)).bits);
}

static void inspect(struct guest *g, gva_t at, struct address_walk *walk)
{
	*walk = (struct address_walk){.bad = false};
	if (g->shadow.linear)
		inspect_linear(g, at, walk);
	else
		inspect_guest(g, at, walk);
	inspect_shadow(g, at, walk);
}

static bool inspect_table(const struct guest *g, const struct shadow_directory *d, u32 slot,
			  u32 *pages)
{
	const struct shadow *s = &g->shadow;
	const spte_t *table;
	spte_t upper;

	if (slot >= SWITCHER_SLOT || is_kernel_slot(s, slot) != !d)
		return false;
	upper = get_slot(d ? d->pages : s->kernel_pages, slot);
	if (!is_present(upper))
		return false;
	table = frame_map(entry_frame(upper));
	*pages = 0;
	for (u32 i = 0; i < SHADOW_ENTRIES; i++)
		*pages += is_present(table[i]);
	frame_unmap(table);
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through the guest's own tables, as a CPU would make it (SDM vol. 3, 4.3, 4.4, 4.6 to 4.8).
 * Part of the engine: included by shadow_engine.h, once for each combination of formats.
 */
#ifndef HV_SHADOW_WALK_H
#define HV_SHADOW_WALK_H

#include "arch/x86/cpu.h"
#include "hv/guest.h"
#include "hv/shadow_cache.h"

#define LEAF (GUEST_LEVELS - 1)        /* the level of page tables */
#define TABLE_LEVEL (GUEST_LEVELS - 2) /* the level whose entries point to them */
#define PAE_GUEST (GUEST_LEVELS == 3)

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
#define LINEAR_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)

static gpte_t linear_entry(gva_t at)
{
	return (gpte_t){(gva_value(at) & ~FRAME_OFFSET_MASK) | LINEAR_FLAGS};
}

static enum fill_outcome walk_linear(struct guest *g, gva_t at, u32 access, struct walk *walk)
{
	walk->middle = NO_MIDDLE;
	walk->upper.bits = LINEAR_FLAGS;
	walk->leaf = linear_entry(at);
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
						  gpa_t *table, struct walk *walk)
{
	gpte_t *entry = (gpte_t *)guest_memory_map(&g->memory, *table) + index_at(level, at);
	enum fill_outcome outcome = FILL_DONE;

	walk->middle = gpa_frame(*table);
	walk->upper = *entry;
	if (!((u32)walk->upper.bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (is_bad(g, level, walk->upper)) {
		kill_for(g, level, walk->upper, at);
		outcome = FILL_KILLED;
	} else if (guest_levels[level].marks && !((u32)walk->upper.bits & PTE_ACCESSED)) {
		walk->upper.bits |= PTE_ACCESSED;
		*entry = walk->upper;
	}
	frame_unmap(entry);
	*table = entry_address(walk->upper);
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

/* The guest's entry for `at`, in the table that `upper` leads to. */
static gpte_t *leaf_entry(struct guest *g, gpte_t upper, gva_t at)
{
	return (gpte_t *)guest_memory_map(&g->memory, entry_address(upper)) + index_at(LEAF, at);
}

static enum fill_outcome walk_leaf(struct guest *g, gva_t at, u32 access, gpa_t table,
				   struct walk *walk)
{
	gpte_t *entry = (gpte_t *)guest_memory_map(&g->memory, table) + index_at(LEAF, at);
	u32 marks = PTE_ACCESSED | (access & ACCESS_WRITE ? PTE_DIRTY : 0);
	enum fill_outcome outcome = FILL_DONE;
	gpte_t found = *entry;

	if (!((u32)found.bits & PTE_PRESENT)) {
		outcome = FILL_NOT_PRESENT;
	} else if (is_bad(g, LEAF, found)) {
		kill_for(g, LEAF, found, at);
		outcome = FILL_KILLED;
	} else if (forbids(walk->upper, found, access)) {
		outcome = FILL_PROTECTED;
	} else if (((u32)found.bits & marks) != marks) {
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

	if (guest_has_ended(g))
		return FILL_KILLED; /* it gets no more frames */
	if (gva_value(at) >= SWITCHER_START)
		return FILL_NOT_PRESENT; /* whatever the guest's tables have there */
	if (g->shadow.linear)
		return walk_linear(g, at, access, walk);
	if (PAE_GUEST) {
		outcome = walk_upper(g, 0, at, &table, walk);
		if (outcome != FILL_DONE)
			return outcome;
	}
	outcome = walk_upper(g, TABLE_LEVEL, at, &table, walk);
	return outcome == FILL_DONE ? walk_leaf(g, at, access, table, walk) : outcome;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's `walk` and `tables` show both sets of tables correctly, for any contents of the
 * guest's tables, and change nothing. */
#include "tests/unit/oracle/inspect.h"

#include <string.h>

#include "tests/unit/oracle/hardware.h"
#include "tests/unit/oracle/model.h"

static void expect(bool condition, const char *what, u32 at)
{
	if (!condition)
		fail("inspection of %#x: %s", at, what);
}

static void check_guest_side(const struct address_walk *walk, u32 at)
{
	u32 table = model.top, level;
	u64 entry = PTE_PRESENT;

	for (level = 0; level <= leaf_level(); level++) {
		const struct walk_step *step = &walk->guest[leaf_level() - level];

		entry = model_entry(entry_place(level, table, at));
		expect(step->taken, "stops before its time", at);
		expect(step->entry == entry, "another entry of the guest's", at);
		if (!(entry & PTE_PRESENT) || is_bad_entry(level, entry))
			break;
		table = table_behind(entry);
	}
	expect(walk->bad == ((entry & PTE_PRESENT) && level <= leaf_level()), "bad or not", at);
	expect(walk->leads == (level > leaf_level() && at < SWITCHER_START), "leads or not", at);
	expect(!walk->leads || gpa_value(walk->gpa) == table + (at & FRAME_OFFSET_MASK),
	       "leads to another place", at);
	for (level++; level <= leaf_level(); level++)
		expect(!walk->guest[leaf_level() - level].taken, "goes on too far", at);
}

/* For each level from the last one up, the lowest bit of the address that selects its entry. */
static void check_indices(const struct walk_step *steps, bool pae, u32 at)
{
	static const u32 first_bit[2][WALK_LEVELS + 1] = {{12, 22, 32, 32}, {12, 21, 30, 32}};

	for (u32 i = 0; i < WALK_LEVELS; i++) {
		u64 below = at & ((1ull << first_bit[pae][i + 1]) - 1);

		expect(!steps[i].taken || steps[i].index == below >> first_bit[pae][i],
		       "another index", at);
	}
}

static void check_linear(const struct address_walk *walk, u32 at)
{
	expect(walk->linear && !walk->bad, "linear", at);
	expect(walk->leads == (at >> FRAME_SHIFT < GUEST_FRAMES), "linear: leads or not", at);
	expect(gpa_value(walk->gpa) == at, "linear: leads to another place", at);
}

static void check_shadow_side(const struct address_walk *walk, u32 at)
{
	u32 root = current_root();
	u64 top = pae_shadow() ? hardware_top(root, at) : 0, spde = hardware_pde(root, at);

	expect(walk->shadow[2].taken == pae_shadow() && walk->shadow[2].entry == top,
	       "another top entry", at);
	expect(walk->shadow[1].taken == (!pae_shadow() || top), "an sPDE or none", at);
	expect(walk->shadow[1].entry == spde, "another sPDE", at);
	expect(walk->shadow[0].taken == !!spde, "a table or none", at);
	if (at < SWITCHER_START)
		expect(walk->shadow[0].entry == hardware_leaf(spde, at), "another entry", at);
}

static u32 pages_mapped_by_pde(u32 at)
{
	u32 size = pae_shadow() ? 1u << 21 : 1u << 22, pages = 0;
	u64 spde = hardware_pde(current_root(), at);

	at &= ~(size - 1);
	for (u32 i = 0; i < size; i += FRAME_SIZE)
		pages += !!hardware_leaf(spde, at + i);
	return pages;
}

static void check_table(u32 at)
{
	const struct shadow *s = &guest.space.shadow;
	u32 pde = at >> s->engine->pde_shift, pages = 0;
	const struct shadow_directory *d = pde < s->kernel_pde ? s->current : NULL;
	bool found = s->engine->inspect_table(&guest.space, d, pde, &pages);

	expect(found == (at < SWITCHER_START && hardware_pde(current_root(), at)), "table", at);
	expect(!found || pages == pages_mapped_by_pde(at), "another number of pages", at);
}

void check_inspection(u32 at)
{
	const struct shadow_counts before = guest.space.shadow.counts;
	struct address_walk walk;

	guest.space.shadow.engine->inspect(&guest.space, to_gva(at), &walk);
	if (model.linear)
		check_linear(&walk, at);
	else
		check_guest_side(&walk, at);
	check_shadow_side(&walk, at);
	check_indices(walk.guest, pae_guest(), at);
	check_indices(walk.shadow, pae_shadow(), at);
	check_table(at);
	expect(!memcmp(&before, &guest.space.shadow.counts, sizeof(before)), "changes something",
	       at);
}

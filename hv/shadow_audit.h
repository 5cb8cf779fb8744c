/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at all shadow tables of a guest and panics if something is there that must never be. Part of
 * the engine: included by shadow_engine.h, once for each combination of formats. A debug build runs it
 * after every exit, and before a guest is destroyed; a release build has none of it.
 *
 * What must hold, whatever the guest does:
 *	1. A present entry of a table leads to a frame of the guest's own memory: not to another's, and
 *	   not to a shadow table. Beside frame and rights it has the flags that we set, and no others.
 *	2. Frame and rights are those of the guest's entry that it was made from, or fewer; the rights of a
 *	   slot those of the entry above. (The guest's tables may since have changed, with nothing said:
 *	   shadow_record.h.)
 *	3. The Switcher's slot leads to the one table that all guests have there; in it, only the
 *	   registers page and the window on lguest_data are writable. Slots behind it are empty.
 *	4. The kernel's slots are the same in every directory.
 *	5. Every shadow frame is used in one place, and their count is what the budget says.
 *	6. An absent entry is all zeroes: some CPUs go on speculatively to the frame that it names (L1TF).
 */
#ifndef HV_SHADOW_AUDIT_H
#define HV_SHADOW_AUDIT_H

#include "hv/shadow_check.h"

#ifdef CONFIG_DEBUG

#define LEAF_FLAGS                                                                                 \
	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | (u64)SHADOW_NO_EXECUTE)
#define FLAGS_AND_NX (FRAME_OFFSET_MASK | (u64)SHADOW_NO_EXECUTE)

struct audit {
	struct guest *g;
	u32 mark;   /* of this audit */
	u32 frames; /* shadow frames seen */
};

static void audit_frame(struct audit *a, pfn_t frame)
{
	AUDIT(frame_owner(frame) == a->g->account.owner, a->g, "a shadow frame of somebody else's");
	AUDIT(frame_use(frame) == FRAME_SHADOW, a->g, "a frame in the shadow tables that is none");
	AUDIT(frame_mark(frame, a->mark), a->g, "a shadow frame in two places");
	a->frames++;
}

static void audit_leaf(struct audit *a, spte_t entry, u32 record)
{
	pfn_t frame = entry_frame(entry);

	AUDIT(frame_owner(frame) == a->g->account.owner, a->g, "an entry for a frame of another's");
	AUDIT(frame_use(frame) == FRAME_MEMORY, a->g,
	      "an entry for a frame that is not its memory");
	AUDIT(!(entry.bits & FLAGS_AND_NX & ~LEAF_FLAGS), a->g, "an entry with a flag of its own");
	AUDIT(is_made_from(a->g, entry, record), a->g, "an entry that the guest never had");
}

/* `upper` is the slot's entry, `record` what that was made from. */
static void audit_table(struct audit *a, spte_t upper, u32 record)
{
	pfn_t frame = entry_frame(upper);
	const spte_t *table = frame_map(frame);
	const u32 *records = frame_map(frame_beside(frame));

	audit_frame(a, frame);
	AUDIT(!(upper.bits & FLAGS_AND_NX & ~(LEAF_FLAGS & ~(u64)PTE_DIRTY)), a->g,
	      "a slot with a flag of its own");
	AUDIT(are_rights_of(upper, record), a->g, "a slot with rights that the guest never gave");
	for (u32 i = 0; i < SHADOW_ENTRIES; i++)
		if (is_present(table[i]))
			audit_leaf(a, table[i], records[i]);
		else
			AUDIT(!table[i].bits, a->g, "an absent entry that leads somewhere");
	frame_unmap(records);
	frame_unmap(table);
}

/* One slot of page `page`. The kernel's tables are counted once, in kernel_pages. */
static void audit_slot(struct audit *a, pfn_t page, u32 slot, spte_t entry, bool kernel)
{
	const struct shadow *s = &a->g->shadow;

	if (slot == SWITCHER_SLOT)
		AUDIT(entry.bits == guest_top_table_entry(), a->g, "not the Switcher's table");
	else if (slot > SWITCHER_SLOT)
		AUDIT(!entry.bits, a->g, "something behind the Switcher");
	else if (!kernel && is_kernel_slot(s, slot))
		AUDIT(entry.bits == get_slot(s->kernel_pages, slot).bits, a->g,
		      "a kernel table that is not shared");
	else if (is_present(entry))
		audit_table(a, entry, recorded_entry(page, slot % SHADOW_ENTRIES));
	else
		AUDIT(!entry.bits, a->g, "an absent slot that leads somewhere");
}

static void audit_page(struct audit *a, const pfn_t *pages, u32 index, bool kernel)
{
	const spte_t *slots = frame_map(pages[index]);

	for (u32 i = 0; i < SHADOW_ENTRIES; i++)
		audit_slot(a, pages[index], index * SHADOW_ENTRIES + i, slots[i], kernel);
	frame_unmap(slots);
}

static void audit_directory(struct audit *a, const struct shadow_directory *d)
{
	const struct shadow *s = &a->g->shadow;

	if (SHADOW_OWN_ROOT)
		audit_frame(a, d->root);
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (is_shared_page(s, i)) {
			AUDIT(pfn_value(d->pages[i]) == pfn_value(s->kernel_pages[i]), a->g,
			      "a kernel page that is not shared");
		} else if (pfn_value(d->pages[i])) {
			audit_frame(a, d->pages[i]);
			audit_page(a, d->pages, i, false);
		}
	}
}

static void audit(struct guest *g)
{
	static u32 audits;
	const struct shadow *s = &g->shadow;
	struct audit a = {.g = g, .mark = ++audits | 1u << 31}; /* not a frame number */

	AUDIT(guest_top_table_is_sound(), g, "the Switcher's table is not as it was made");
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (!pfn_value(s->kernel_pages[i]))
			continue;
		audit_frame(&a, s->kernel_pages[i]);
		audit_page(&a, s->kernel_pages, i, true);
	}
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			audit_directory(&a, &s->directories[i]);
	AUDIT(a.frames == s->frames, g, "shadow frames that nobody uses");
}

#else

static void audit(struct guest *g)
{
	(void)g;
}

#endif
#endif

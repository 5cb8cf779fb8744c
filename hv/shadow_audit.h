/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at all shadow tables of a guest and panics if something is there that must never be. Part of
 * the engine: included by shadow_engine.h, once for each combination of formats. A debug build runs it
 * after every exit, and before a guest is destroyed; a release build has none of it.
 *
 * What must hold, whatever the guest does:
 *	1. A present entry of a table leads to a frame of the guest's own memory: not to another's, and
 *	   not to a shadow table. Beside frame and rights it has the flags that we set, and no others.
 *	2. The Switcher's slot leads to the one table that all guests have there; in it, only the
 *	   registers page is writable. Slots behind it are empty.
 *	3. The tables of the kernel's slots are the same in every directory.
 *	4. Every shadow frame is used in one place, and their count is what the budget says.
 * The rights of an entry are the guest's own when it is made. Later the guest may change its tables and
 * say nothing, and the shadow may lag behind: what lag is allowed, the native oracle knows
 * (tests/unit), not a look at one moment.
 */
#ifndef HV_SHADOW_AUDIT_H
#define HV_SHADOW_AUDIT_H

#ifdef CONFIG_DEBUG

#define LEAF_FLAGS                                                                                 \
	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | (u64)SHADOW_NO_EXECUTE)
#define FLAGS_AND_NX (FRAME_OFFSET_MASK | (u64)SHADOW_NO_EXECUTE)

struct audit {
	const struct guest *g;
	u32 mark;   /* of this audit */
	u32 frames; /* shadow frames seen */
};

#define AUDIT(condition, audit, what)                                                              \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("audit of guest %s: %s", (audit)->g->config->name, what);            \
	} while (0)

static bool same_frame(pfn_t a, pfn_t b)
{
	return pfn_value(a) == pfn_value(b);
}

static void audit_frame(struct audit *a, pfn_t frame)
{
	AUDIT(frame_owner(frame) == a->g->account.owner, a, "a shadow frame of somebody else's");
	AUDIT(frame_use(frame) == FRAME_SHADOW, a, "a frame in the shadow tables that is none");
	AUDIT(frame_mark(frame, a->mark), a, "a shadow frame in two places");
	a->frames++;
}

static void audit_leaf(struct audit *a, spte_t entry)
{
	pfn_t frame = entry_frame(entry);

	AUDIT(frame_owner(frame) == a->g->account.owner, a, "an entry for a frame of another's");
	AUDIT(frame_use(frame) == FRAME_MEMORY, a, "an entry for a frame that is not its memory");
	AUDIT(!(entry.bits & FLAGS_AND_NX & ~LEAF_FLAGS), a, "an entry with a flag of its own");
}

static void audit_table(struct audit *a, spte_t upper)
{
	const spte_t *table = frame_map(entry_frame(upper));

	audit_frame(a, entry_frame(upper));
	AUDIT(!(upper.bits & FLAGS_AND_NX & ~(LEAF_FLAGS & ~(u64)PTE_DIRTY)), a,
	      "a slot with a flag of its own");
	for (u32 i = 0; i < SHADOW_ENTRIES; i++)
		if (is_present(table[i]))
			audit_leaf(a, table[i]);
	frame_unmap(table);
}

/* The slots of one page of a directory. The kernel's tables are counted once, in kernel_pages. */
static void audit_page(struct audit *a, const pfn_t *pages, u32 index, bool kernel)
{
	const struct shadow *s = &a->g->shadow;
	const spte_t *slots = frame_map(pages[index]);

	for (u32 i = 0; i < SHADOW_ENTRIES; i++) {
		u32 slot = index * SHADOW_ENTRIES + i;

		if (slot == SWITCHER_SLOT)
			AUDIT(slots[i].bits == guest_top_table_entry(), a,
			      "not the Switcher's table");
		else if (slot > SWITCHER_SLOT)
			AUDIT(!slots[i].bits, a, "something behind the Switcher");
		else if (is_present(slots[i]) && is_kernel_slot(s, slot) == kernel)
			audit_table(a, slots[i]);
		else if (!kernel && is_kernel_slot(s, slot))
			AUDIT(same_frame(entry_frame(slots[i]),
					 entry_frame(get_slot(s->kernel_pages, slot))),
			      a, "a kernel table that is not shared");
	}
	frame_unmap(slots);
}

static void audit_directory(struct audit *a, const struct shadow_directory *d)
{
	const struct shadow *s = &a->g->shadow;

	if (SHADOW_OWN_ROOT)
		audit_frame(a, d->root);
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (is_shared_page(s, i)) {
			AUDIT(same_frame(d->pages[i], s->kernel_pages[i]), a,
			      "a kernel page that is not shared");
		} else if (pfn_value(d->pages[i])) {
			audit_frame(a, d->pages[i]);
			audit_page(a, d->pages, i, false);
		}
	}
}

static void audit(const struct guest *g)
{
	static u32 audits;
	const struct shadow *s = &g->shadow;
	struct audit a = {.g = g, .mark = ++audits | 1u << 31}; /* not a frame number */

	AUDIT(guest_top_table_is_sound(), &a, "the Switcher's table is not as it was made");
	for (u32 i = 0; i < SHADOW_PAGES; i++) {
		if (!pfn_value(s->kernel_pages[i]))
			continue;
		audit_frame(&a, s->kernel_pages[i]);
		audit_page(&a, s->kernel_pages, i, true);
	}
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			audit_directory(&a, &s->directories[i]);
	AUDIT(a.frames == s->frames, &a, "shadow frames that nobody uses");
}

#else

static void audit(const struct guest *g)
{
	(void)g;
}

#endif
#endif

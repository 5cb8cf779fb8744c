// SPDX-License-Identifier: GPL-2.0-or-later
/* Every present shadow entry explained, every frame accounted for. */
#include "tests/unit/oracle/audit.h"

#include <string.h>

#include "mm/frame_table.h"

#include "tests/unit/oracle/history.h"

/* -- All tables ------------------------------------------------------------------------------ */

static bool seen[MACHINE_FRAMES];
static u32 seen_count, seen_records;

/* False if the frame was seen before. */
static bool see(u32 frame)
{
	if (seen[frame])
		return false;
	if (frame_use(to_pfn(frame)) != FRAME_SHADOW)
		fail("frame %#x is no shadow table", frame);
	seen[frame] = true;
	seen_count++;
	seen_records += pfn_value(frame_beside(to_pfn(frame))) != 0;
	return true;
}

static u32 pde_size(void)
{
	return pae_shadow() ? 2 * MIB : 4 * MIB;
}

static void audit_table(u32 top, u32 start, u64 spde)
{
	for (u32 at = start; at - start < pde_size(); at += FRAME_SIZE) {
		struct mapping found = hardware_mapping(spde, hardware_leaf(spde, at));

		if (found.present && !is_explained(top, at, &found))
			fail("unexplained in %#x: %#x leads to frame %#x%s%s%s", top, at,
			     found.frame, found.write ? " write" : "", found.user ? " user" : "",
			     found.execute ? " execute" : "");
	}
}

/* A shared table: its rights may be those of any address space's own entry. */
static void audit_shared_pde(const struct shadow_directory *d, u32 at, u64 spde)
{
	u64 current = hardware_pde(current_root(), at);

	if ((spde ^ current) & ~(u64)(PTE_WRITE | PTE_USER | PTE_NO_EXECUTE))
		fail("shared sPDE %#x of %#x is not the running one's", at, gpa_value(d->top));
	if (spde && (see((u32)spde >> FRAME_SHIFT) || spde != current))
		audit_table(gpa_value(d->top), at, spde);
}

static void audit_pde(const struct shadow_directory *d, u32 at)
{
	u64 spde = hardware_pde(pfn_value(d->root), at);

	if (at >= SWITCHER_START) {
		if (hardware_pde(current_root(), at) != spde)
			fail("the Switcher's sPDE %#x differs", at);
	} else if (is_shared(at)) {
		audit_shared_pde(d, at, spde);
	} else if (spde) {
		if (!see((u32)spde >> FRAME_SHIFT))
			fail("two sPDEs with the table of %#x", at);
		audit_table(gpa_value(d->top), at, spde);
	}
}

static void audit_switcher(u32 root)
{
	if (hardware_pde(root, SWITCHER_START) != switcher_entry())
		fail("the Switcher's sPDE is wrong");
	if (pae_shadow() && hardware_pde(root, SWITCHER_START + 2 * MIB))
		fail("an entry behind the Switcher's sPDE is not 0");
}

static void audit_directory(const struct shadow_directory *d)
{
	u32 root = pfn_value(d->root);

	if (!see(root) && model.shared_from) /* else all of it is shared, and the root may be */
		fail("two directories with the root %#x", root);
	for (u32 i = 0; i < 4 && pae_shadow(); i++)
		if (hardware_top(root, i << 30))
			see((u32)hardware_top(root, i << 30) >> FRAME_SHIFT);
	for (u64 at = 0; at < 1ull << 32; at += pde_size())
		audit_pde(d, (u32)at);
	audit_switcher(root);
}

static void check_counts(void)
{
	const struct guest_memory *m = &guest.space.memory;
	const struct shadow *s = &guest.space.shadow;
	u32 used = m->owned + m->table_frames + s->frames + seen_records;

	used += pfn_value(s->readers) ? 1 : 0;
	for (u32 i = 0; i < SHADOW_PAGES_MAX; i++) {
		used += pfn_value(s->kernel_gpdes.pages[i]) ? 1 : 0;
		used += pfn_value(s->user_gpdes.pages[i]) ? 1 : 0;
	}
	if (guest.space.shadow.frames > guest.space.shadow.budget)
		fail("%u shadow frames, over the budget", guest.space.shadow.frames);
	if (seen_count != guest.space.shadow.frames)
		fail("%u shadow frames are in use, %u are counted", seen_count,
		     guest.space.shadow.frames);
	if (used != guest.space.account.used)
		fail("%u frames are in use, %u are paid", used, guest.space.account.used);
}

void audit_shadow(void)
{
	const struct shadow *s = &guest.space.shadow;

	memset(seen, 0, sizeof(seen));
	seen_count = seen_records = 0;
	for (u32 i = 0; i < SHADOW_PAGES_MAX; i++)
		if (pfn_value(s->kernel_pages[i]))
			see(pfn_value(s->kernel_pages[i]));
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			audit_directory(&s->directories[i]);
	for (u32 i = 0; i < s->stocked; i++)
		if (!see(pfn_value(s->stock[i])))
			fail("frame %#x is stocked, and in use", pfn_value(s->stock[i]));
	check_counts();
	shadow_audit(&guest.space); /* the engine's own opinion */
}

/* -- Directories that stay ------------------------------------------------------------------- */

void view_cache(struct cache_view *view)
{
	const struct shadow *s = &guest.space.shadow;

	*view = (struct cache_view){.frames = s->frames, .reclaims = s->counts.reclaims};
	view->current = model.top;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			view->tops[view->count++] = gpa_value(s->directories[i].top);
}

static void check_age(const struct cache_view *before, u32 gone)
{
	if (gone == before->current)
		fail("the running directory %#x is gone", gone);
	for (u32 i = 0; i < before->count; i++) {
		u32 top = before->tops[i];

		if (top != before->current && root_of(top) &&
		    history_last_run(top) < history_last_run(gone))
			fail("directory %#x is gone before %#x, which ran earlier", gone, top);
	}
}

void check_cache(const struct cache_view *before)
{
	bool full = before->frames + 2 > setup.budget;

	if (model.linear)
		return;
	if (guest.space.shadow.counts.reclaims != before->reclaims && !full)
		fail("reclaimed with %u frames of %u", before->frames, setup.budget);
	for (u32 i = 0; i < before->count; i++) {
		if (root_of(before->tops[i]))
			continue;
		check_age(before, before->tops[i]);
		if (!full && before->count < SHADOW_DIRECTORIES)
			fail("directory %#x is gone without need", before->tops[i]);
	}
}

/* -- Mappings that stay ---------------------------------------------------------------------- */

static u32 recent[SAMPLES], recent_next;

void note_sample(u32 at)
{
	recent[recent_next++ % SAMPLES] = at;
}

void forget_samples(void)
{
	memset(recent, 0, sizeof(recent));
}

void take_samples(struct samples *samples)
{
	samples->root = current_root();
	samples->may_protect = false;
	for (u32 i = 0; i < SAMPLES; i++) {
		samples->at[i] = recent[i];
		samples->mapping[i] = hardware_walk(samples->root, recent[i]);
		samples->shared[i] = is_shared_frame(samples->mapping[i].frame);
	}
}

void check_samples(const struct samples *before, bool (*concerns)(u32 at))
{
	for (u32 i = 0; i < SAMPLES; i++) {
		struct mapping found = hardware_walk(before->root, before->at[i]);
		struct mapping expected = before->mapping[i];

		if (before->may_protect)
			expected.write &= found.write;
		if (before->shared[i] && !found.present)
			continue;
		if (!concerns(before->at[i]) && !same_mapping(&found, &expected))
			fail("%#x has changed in the shadow without a request", before->at[i]);
	}
}

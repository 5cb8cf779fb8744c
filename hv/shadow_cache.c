/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shadow directories and tables: who has which, and what goes when memory is short. */
#include "hv/shadow_cache.h"

#include "arch/x86/host_tables.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define NO_TOP 0xFFFFFFFFu /* no page directory is here: of no alignment */

/* -- The budget ------------------------------------------------------------------------------ */

static void give_up_directory(struct shadow *s, struct shadow_directory *d);
static void drop_kernel_tables(struct shadow *s);

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

/*
 * Frees at least one frame. Once there is no other directory left, all tables go at once: to drop
 * only some could take, again and again, the very ones that one instruction needs together.
 */
static void reclaim(struct shadow *s)
{
	struct shadow_directory *victim = least_recently_used(s);
	u32 before = s->frames;

	s->counts.reclaims++;
	if (victim) {
		give_up_directory(s, victim);
	} else {
		shadow_drop_user_tables(s, s->current);
		drop_kernel_tables(s);
	}
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
	s->frames++;
	return frame;
}

static void free_shadow_frame(struct shadow *s, pfn_t frame)
{
	frame_free(s->account, frame);
	s->frames--;
}

/* -- Tables ---------------------------------------------------------------------------------- */

static void set_slot(pfn_t directory, u32 slot, spde_t entry)
{
	spde_t *slots = frame_map(directory);

	slots[slot] = entry;
	frame_unmap(slots);
}

static spde_t get_slot(pfn_t directory, u32 slot)
{
	const spde_t *slots = frame_map(directory);
	spde_t entry = slots[slot];

	frame_unmap(slots);
	return entry;
}

/* The same entry in the list of shared tables and in every directory. */
static void set_shared_slot(struct shadow *s, u32 slot, spde_t entry)
{
	set_slot(s->kernel_directory, slot, entry);
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used)
			set_slot(s->directories[i].root, slot, entry);
}

static spde_t table_entry(pfn_t table, u32 rights)
{
	return (spde_t){paddr_value(pfn_address(table)) | PTE_PRESENT | PTE_ACCESSED | rights};
}

static pfn_t new_table(struct shadow *s, u32 slot, u32 rights)
{
	pfn_t table = shadow_frame(s);
	spde_t entry = table_entry(table, rights);

	if (slot >= s->kernel_slot) {
		set_shared_slot(s, slot, entry);
	} else {
		set_slot(s->current->root, slot, entry);
		s->current->user_tables[slot / 32] |= 1u << slot % 32;
	}
	return table;
}

pfn_t shadow_table(struct shadow *s, u32 slot, u32 rights)
{
	spde_t *slots = shadow_slots(s->current), entry = slots[slot];

	if (!(entry.bits & PTE_PRESENT)) {
		frame_unmap(slots);
		return new_table(s, slot, rights);
	}
	slots[slot] = table_entry(spde_frame(entry), rights);
	frame_unmap(slots);
	return spde_frame(entry);
}

void shadow_drop_slot(struct shadow *s, struct shadow_directory *d, u32 slot)
{
	spde_t entry = get_slot(slot >= s->kernel_slot ? s->kernel_directory : d->root, slot);

	if (!(entry.bits & PTE_PRESENT))
		return;
	if (slot >= s->kernel_slot) {
		set_shared_slot(s, slot, (spde_t){0});
	} else {
		set_slot(d->root, slot, (spde_t){0});
		d->user_tables[slot / 32] &= ~(1u << slot % 32);
	}
	free_shadow_frame(s, spde_frame(entry));
}

void shadow_drop_user_tables(struct shadow *s, struct shadow_directory *d)
{
	for (u32 word = 0; word < ARRAY_SIZE(d->user_tables); word++)
		while (d->user_tables[word])
			shadow_drop_slot(s, d, word * 32 + __builtin_ctz(d->user_tables[word]));
}

static void drop_kernel_tables(struct shadow *s)
{
	for (u32 slot = s->kernel_slot; slot < TOP_SLOT; slot++)
		shadow_drop_slot(s, s->current, slot);
}

/* -- Directories ----------------------------------------------------------------------------- */

static void give_up_directory(struct shadow *s, struct shadow_directory *d)
{
	shadow_drop_user_tables(s, d);
	free_shadow_frame(s, d->root);
	d->used = false;
	d->top = to_gpa(NO_TOP);
	s->counts.evictions++;
}

static struct shadow_directory *free_directory(struct shadow *s)
{
	struct shadow_directory *victim;

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (!s->directories[i].used)
			return &s->directories[i];
	victim = least_recently_used(s);
	give_up_directory(s, victim);
	return victim;
}

static struct shadow_directory *new_directory(struct shadow *s, gpa_t top)
{
	pfn_t root = shadow_frame(s); /* first: it may reclaim directories */
	struct shadow_directory *d = free_directory(s);
	const spde_t *shared = frame_map(s->kernel_directory);
	spde_t *slots;

	d->used = true;
	d->top = top;
	d->root = root;
	slots = shadow_slots(d);
	memcpy(slots + s->kernel_slot, shared + s->kernel_slot,
	       (TOP_SLOT - s->kernel_slot) * sizeof(*slots));
	slots[TOP_SLOT] = guest_top_entry();
	frame_unmap(slots);
	frame_unmap(shared);
	return d;
}

struct shadow_directory *shadow_find(struct shadow *s, gpa_t top)
{
	u8 *hint = &s->hints[gfn_value(gpa_frame(top)) % SHADOW_HINTS];

	if (gpa_value(s->directories[*hint].top) == gpa_value(top))
		return &s->directories[*hint];
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (gpa_value(s->directories[i].top) == gpa_value(top)) {
			*hint = i;
			return &s->directories[i];
		}
	return NULL;
}

void shadow_switch(struct shadow *s, gpa_t top)
{
	struct shadow_directory *d = shadow_find(s, top);

	if (d) {
		s->counts.hits++;
	} else {
		s->counts.misses++;
		d = new_directory(s, top);
	}
	d->last_used = ++s->switches;
	s->current = d;
}

void shadow_drop_all(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used && &s->directories[i] != s->current)
			give_up_directory(s, &s->directories[i]);
	shadow_drop_user_tables(s, s->current);
	drop_kernel_tables(s);
}

bool shadow_cache_open(struct shadow *s, struct frame_account *account, u32 budget)
{
	if (account->limit - account->used < budget || budget < SHADOW_BUDGET_MIN)
		return false;
	s->account = account;
	s->budget = budget;
	s->kernel_slot = TOP_SLOT;
	s->linear = true;
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		s->directories[i].top = to_gpa(NO_TOP);
	s->current = &s->directories[0];
	s->kernel_directory = shadow_frame(s);
	s->current = new_directory(s, to_gpa(NO_TOP));
	return true;
}

void shadow_cache_close(struct shadow *s)
{
	shadow_drop_all(s);
	give_up_directory(s, s->current);
	free_shadow_frame(s, s->kernel_directory);
	ASSERT(s->frames == 0);
}

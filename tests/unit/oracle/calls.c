// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that change the guest's PTEs, and SET_PTE, which announces the changes. */
#include "lib/min_max.h"
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

#define DATA_FRAMES 16u
#define LINK_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER)
#define HOME_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)

static u32 default_table(u32 space, u32 level, u32 at)
{
	/* The kernel's are the same in all spaces. */
	u32 of_space = at < model.kernel_address ? space * 7 : 0;

	if (pae_guest() && level == 0)
		return 65 + (of_space + (at >> 30)) % 46;
	return TABLES_FIRST + (of_space + (at >> 21) * 5 + (at >> 26)) % TABLES;
}

bool find_entry(u32 space, u32 level, u32 at, u32 *place)
{
	u32 table = top_of_space(space);

	for (u32 i = 0; i < level; i++) {
		u32 there = entry_place(i, table, at);
		u64 flags = pae_guest() && i == 0 ? PTE_PRESENT : LINK_FLAGS;

		if (!(model_entry(there) & PTE_PRESENT))
			guest_store_entry(there,
					  default_table(space, i, at) << FRAME_SHIFT | flags);
		if (is_bad_entry(i, model_entry(there)))
			return false;
		table = table_behind(model_entry(there));
	}
	*place = entry_place(level, table, at);
	return true;
}

/* -- SET_PTE --------------------------------------------------------------------------------- */

static bool is_used(u64 entry)
{
	return (entry & (PTE_PRESENT | PTE_ACCESSED)) == (PTE_PRESENT | PTE_ACCESSED);
}

/* The root of the shadow tables that SET_PTE changes; 0 if the engine holds none. */
u32 target_root(u32 top, u32 at)
{
	return is_shared(at) ? current_root() : root_of(top);
}

bool all_spaces_share(u32 at)
{
	return at >= model.kernel_address;
}

/* An announced entry with A is in the shadow at once; an entry without A is not. */
void check_installed(u32 root, u64 spde, u32 at, u64 entry)
{
	struct mapping found = hardware_walk(root, at), expected = {0};

	if (hardware_pde(root, at) != spde)
		fail("SET_PTE for %#x has changed the sPDE", at);
	if (is_used(entry)) {
		expected = expected_mapping(spde, entry);
		expected.execute &= !(spde & PTE_NO_EXECUTE);
	}
	/* Each directory has its own page table there, and few may lead to one shared frame (hv/shadow/readers.inc). */
	if (!found.present && all_spaces_share(at) && !is_shared(at) &&
	    is_shared_frame(expected.frame))
		return;
	if (!same_mapping(&found, &expected))
		fail("SET_PTE of %#llx for %#x leads to frame %#x, write %u, user %u",
		     (unsigned long long)entry, at, found.frame, found.write, found.user);
}

bool kills_top(u32 top)
{
	return top % (pae_guest() ? 32 : FRAME_SIZE) || top >> FRAME_SHIFT >= GUEST_FRAMES;
}

const char *why_set_pte_kills(u32 top, u32 at, u64 entry, bool held)
{
	if (at >= SWITCHER_START)
		return "bad page table entry: SET_PTE";
	if (model.linear) /* the format of the top level is not known yet */
		return NULL;
	if (kills_top(top))
		return "bad page directory address";
	return held && is_used(entry) && is_bad_entry(leaf_level(), entry) ? "bad page table entry"
									   : NULL;
}

/* True if some directory that SET_PTE concerns has a table for `at`. */
bool is_held(u32 top, u32 at)
{
	const struct shadow *s = &guest.space.shadow;
	u32 root = target_root(top, at);

	if (model.linear || at >= SWITCHER_START)
		return false;
	if (!all_spaces_share(at) || is_shared(at))
		return root && hardware_pde(root, at);
	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used && hardware_pde(pfn_value(s->directories[i].root), at))
			return true;
	return false;
}

/* The fast path has ignored SET_PTE: the guest's entries must still explain the shadow. */
static void check_ignored(u32 top, u32 at, const char *sentence)
{
	struct mapping found = hardware_walk(current_root(), at);

	if (sentence)
		fail("the fast path ignores a SET_PTE that kills: %s", sentence);
	announce_page(top, at, 0);
	if (found.present && !is_explained(top, at, &found))
		fail("the fast path ignores SET_PTE for %#x, which leads to frame %#x", at,
		     found.frame);
}

static u32 call_at;

static bool in_page(u32 at)
{
	return at / FRAME_SIZE == call_at / FRAME_SIZE;
}

void call_set_pte(u32 top, u32 at, u64 entry)
{
	u32 root = target_root(top, at);
	u64 spde = root && at < SWITCHER_START ? hardware_pde(root, at) : 0;
	const struct trap_frame arguments = {
	    .ebx = top, .ecx = at, .edx = (u32)entry, .esi = (u32)(entry >> 32)};
	const char *sentence = why_set_pte_kills(top, at, entry, is_held(top, at));
	struct samples samples;

	if (fast_ignores(top, at, entry)) {
		check_ignored(top, at, sentence);
		return;
	}
	fast_left();
	take_samples(&samples);
	shadow_set_pte(&guest.space, &arguments);
	expect_killed(sentence);
	fast_served(top, at, entry);
	if (sentence || model.linear)
		return;
	announce_page(all_spaces_share(at) ? EVERY_SPACE : top, at, entry);
	if (spde)
		check_installed(root, spde, at, entry);
	call_at = at;
	check_samples(&samples, in_page);
}

void do_edit(const struct operation *o)
{
	u32 place;

	if (find_entry(o->space, leaf_level(), address_of(o), &place))
		guest_store_entry(place, entry_of(o));
}

/* A good entry, as a guest makes it that is about to use the page; from not present it need not be
 * announced. False if the way to it is broken. */
bool map_page(u32 space, u32 at, u32 gfn)
{
	u32 place;

	if (at >= SWITCHER_START || !find_entry(space, leaf_level(), at, &place))
		return false;
	if (!(model_entry(place) & PTE_PRESENT))
		guest_store_entry(place, gfn % DATA_FRAMES << FRAME_SHIFT | LINK_FLAGS);
	return true;
}

bool map_home(u32 at, u32 gfn)
{
	u32 place;

	if (!find_entry(SPACE_CURRENT, leaf_level(), at, &place))
		return false;
	if (!(model_entry(place) & PTE_PRESENT))
		guest_store_entry(place, gfn << FRAME_SHIFT | HOME_FLAGS);
	return true;
}

/* All the pages below one PDE. */
void do_map(const struct operation *o)
{
	struct operation page = *o;

	for (page.page = 0; page.page < PAGES_EACH; page.page++)
		if (!map_page(o->space, address_of(&page), o->page + page.page))
			return;
}

#define FLUSHED_AFTERWARDS (1u << 29)
#define CHANGED_BEFORE_THAT (1u << 30)
#define ANOTHER_FLUSHED (1u << 31)

/* Announced by the ring, and then flushed: some change the entry in between. */
static void flush_again(const struct operation *o, u32 place, u32 at)
{
	u32 top = top_of_space(o->space);

	fast_announce(top, at, entry_of(o));
	if (o->value & CHANGED_BEFORE_THAT)
		guest_store_entry(place, entry_of(o) ^ (PTE_WRITE | 1u << FRAME_SHIFT));
	call_set_pte(top, at, 0);
}

/* An entry that was cleared is announced, and then flushed, in the current space; some guests change it in between, and
 * some use the page and clear it again. */
static void flush_cleared(const struct operation *o, u32 place, u32 at)
{
	if (o->value & CHANGED_BEFORE_THAT) {
		guest_store_entry(place, entry_of(o) | LINK_FLAGS);
		if (o->page & 0x40) {
			do_access(o);
			if (guest_has_ended(&guest))
				return;
			guest_store_entry(place, entry_of(o));
		}
	}
	call_set_pte(o->page & 0x20 ? model.top : top_of_space(o->space), at, 0);
}

/* In another address space or a page further the same entry, of which nothing was said, is
 * flushed. */
static void flush_another(const struct operation *o, u32 at)
{
	u32 place, other = o->page & 0x40 ? at ^ FRAME_SIZE : at;

	fast_announce(top_of_space(o->space), at, entry_of(o));
	if (!find_entry(SPACE_CURRENT, leaf_level(), other, &place))
		return;
	guest_store_entry(place, entry_of(o));
	call_set_pte(model.top, other, 0);
}

void do_edit_announced(const struct operation *o)
{
	u32 place, at = address_of(o);

	if (!find_entry(o->space, leaf_level(), at, &place))
		return;
	guest_store_entry(place, entry_of(o));
	/* Any address in the page will do; most guests say its first. */
	call_set_pte(top_of_space(o->space), o->page & 0x80 ? at : at & ~FRAME_OFFSET_MASK,
		     entry_of(o));
	if (guest_has_ended(&guest) || !(o->value & FLUSHED_AFTERWARDS))
		return;
	if (o->value & ANOTHER_FLUSHED)
		flush_another(o, at);
	else if (!(entry_of(o) & PTE_PRESENT))
		flush_cleared(o, place, at);
	else
		flush_again(o, place, at);
}

/* SET_PTE of any entry, which the guest's page tables need not have. */
void do_set_pte(const struct operation *o)
{
	call_set_pte(top_of_space(o->space), address_of(o), entry_of(o));
}

/* Two pages lead to one frame, seldom that of a page table, since a guest that writes there does not live long. Each step of two bits gives one of them the right to write, or
 * takes it away, as a fork and mprotect do. */
#define WRITER_STEPS 6u

void do_writers(const struct operation *o)
{
	const u32 frames = o->value >> 28 ? DATA_FRAMES : GUEST_FRAMES;
	const u32 frame = o->page % frames << FRAME_SHIFT;
	u32 place;

	for (u32 i = 0; i < WRITER_STEPS && !guest_has_ended(&guest); i++) {
		u32 step = o->value >> 2 * i, at = address_of(o) ^ (step & 1 ? FRAME_SIZE : 0);
		u32 entry = frame | HOME_FLAGS | PTE_USER;

		if (!find_entry(SPACE_CURRENT, leaf_level(), at, &place))
			return;
		if (step & 2)
			entry &= ~PTE_WRITE;
		guest_store_entry(place, entry);
		call_set_pte(model.top, at, entry);
	}
}

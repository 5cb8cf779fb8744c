// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that change the guest's page tables, and the hypercalls that announce the changes. */
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

#define DATA_FRAMES 16u
#define PAGES_EACH 8u
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

/* The place of the entry for `at` of this level; missing tables on the way are made. False if an
 * entry on the way is bad. */
static bool find_entry(u32 space, u32 level, u32 at, u32 *place)
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

/* -- Required effects of a call -------------------------------------------------------------- */

static u32 call_at, call_size, call_middle;

static bool in_page(u32 at)
{
	return at / FRAME_SIZE == call_at / FRAME_SIZE;
}

static bool in_range(u32 at)
{
	return at - call_at < call_size;
}

static bool in_middle(u32 at)
{
	u32 start = at & ~(2 * MIB - 1);

	return (at >> 21 & 0x1FF) == call_at && middle_may_concern(call_middle, start);
}

/* -- SET_PTE --------------------------------------------------------------------------------- */

static bool is_used(u64 entry)
{
	return (entry & (PTE_PRESENT | PTE_ACCESSED)) == (PTE_PRESENT | PTE_ACCESSED);
}

/* The root of the shadow tables that SET_PTE changes; 0 if the engine holds none. */
static u32 target_root(u32 top, u32 at)
{
	return is_shared(at) ? current_root() : root_of(top);
}

/* An announced entry with A is in the shadow at once; an entry without A is not. */
static void check_installed(u32 root, u64 spde, u32 at, u64 entry)
{
	struct mapping found = hardware_walk(root, at), expected = {0};

	if (hardware_pde(root, at) != spde)
		fail("SET_PTE for %#x has changed the sPDE", at);
	if (is_used(entry)) {
		expected = expected_mapping(spde, entry);
		expected.execute &= !(spde & PTE_NO_EXECUTE);
	}
	if (!same_mapping(&found, &expected))
		fail("SET_PTE of %#llx for %#x leads to frame %#x, write %u, user %u",
		     (unsigned long long)entry, at, found.frame, found.write, found.user);
}

bool kills_top(u32 top)
{
	return top % (pae_guest() ? 32 : FRAME_SIZE) || top >> FRAME_SHIFT >= GUEST_FRAMES;
}

static const char *why_set_pte_kills(u32 top, u32 at, u64 entry, bool held)
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

static bool all_spaces_share(u32 at)
{
	return at >= model.kernel_address;
}

/* True if some directory that SET_PTE concerns has a table for `at`. */
static bool is_held(u32 top, u32 at)
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

static void call_set_pte(u32 top, u32 at, u64 entry)
{
	u32 root = target_root(top, at);
	u64 spde = root && at < SWITCHER_START ? hardware_pde(root, at) : 0;
	const char *sentence = why_set_pte_kills(top, at, entry, is_held(top, at));
	struct samples samples;

	if (fast_ignores(top, at, entry)) {
		check_ignored(top, at, sentence);
		return;
	}
	fast_left();
	take_samples(&samples);
	shadow_set_pte(&guest.space, to_gpa(top), to_gva(at), entry);
	expect_killed(sentence);
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
	else
		flush_again(o, place, at);
}

/* SET_PTE of any entry, which the guest's page tables need not have. */
void do_set_pte(const struct operation *o)
{
	call_set_pte(top_of_space(o->space), address_of(o), entry_of(o));
}

/* -- SET_PTE by the ring ---------------------------------------------------------------------- */

#define RING_CALLS 24u /* in one batch: more than one part */

/* Call `i` of the batch: for neighbours below one PDE, or for another address space in turn, as a
 * fork's; now and then for another PDE. */
static struct operation ring_operation(const struct operation *o, u32 i)
{
	struct operation call = *o;

	call.page = o->page + i;
	call.value ^= i << FRAME_SHIFT;
	if (o->value >> (i % 8 + 20) & 1)
		call.space = SPACE_CURRENT;
	if (o->page >> i % 8 & 1)
		call.place = o->place + 1;
	return call;
}

/* The number of calls that are done, the last of which kills the guest if there is a *sentence. */
static u32 calls_done(const struct hypercall_slot *calls, u32 count, const char **sentence)
{
	u32 i;

	*sentence = NULL;
	for (i = 0; i < count && !*sentence; i++) {
		u64 entry = (u64)calls[i].esi << 32 | calls[i].edx;

		*sentence =
		    why_set_pte_kills(calls[i].ebx, calls[i].ecx, pae_guest() ? entry : (u32)entry,
				      is_held(calls[i].ebx, calls[i].ecx));
	}
	return i;
}

static void announce_batch(const struct hypercall_slot *calls, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		u32 top = calls[i].ebx, at = calls[i].ecx;
		u64 entry = calls[i].edx | (pae_guest() ? (u64)calls[i].esi << 32 : 0);

		announce_page(all_spaces_share(at) ? EVERY_SPACE : top, at, entry);
	}
}

/* The last call for its page decides: check_installed holds for it. */
static void check_last(const struct hypercall_slot *last)
{
	u32 root = target_root(last->ebx, last->ecx);
	u64 spde = root ? hardware_pde(root, last->ecx) : 0;

	if (spde)
		check_installed(root, spde, last->ecx,
				last->edx | (pae_guest() ? (u64)last->esi << 32 : 0));
}

void do_set_ptes(const struct operation *o)
{
	struct hypercall_slot calls[RING_CALLS], last = {0};
	const u32 count = o->value % RING_CALLS + 1;
	const char *sentence;
	u32 done, begun = 0;

	for (u32 i = 0; i < count; i++) {
		struct operation call = ring_operation(o, i);
		u64 entry = entry_of(&call);

		calls[i] = (struct hypercall_slot){.ebx = top_of_space(call.space),
						   .ecx = address_of(&call),
						   .edx = (u32)entry,
						   .esi = (u32)(entry >> 32)};
	}
	done = calls_done(calls, count, &sentence);
	fast_left();
	while (begun < done) {
		begin_stretch();
		begun += shadow_set_ptes(&guest.space, calls + begun, count - begun, &last);
	}
	expect_killed(sentence);
	if (begun != done)
		fail("%u calls of %u are done", begun, done);
	if (last.ebx != calls[done - 1].ebx || last.ecx != calls[done - 1].ecx ||
	    last.edx != calls[done - 1].edx)
		fail("the last of %u calls is not call %u", count, done - 1);
	if (model.linear)
		return;
	announce_batch(calls, sentence ? done - 1 : done);
	if (!sentence)
		check_last(&last);
}

/* -- SET_PGD and SET_PMD --------------------------------------------------------------------- */

static void announce_range(u32 top, u32 first, u32 size)
{
	u32 last = first + size - 1;

	if (!is_shared(last))
		announce_tables(top, first, last);
	else if (is_shared(first))
		announce_tables(EVERY_SPACE, first, last);
	else {
		announce_tables(top, first, model.shared_from - 1);
		announce_tables(EVERY_SPACE, model.shared_from, last);
	}
}

static bool concerns_pgd(u32 at)
{
	return in_range(at) && (is_shared(at) || call_middle == model.top);
}

static void check_dropped(u32 root, u32 first, u32 size)
{
	const u32 covered = pae_shadow() ? 2 * MIB : 4 * MIB;

	for (u32 done = 0; root && done < size && first + done < SWITCHER_START; done += covered)
		if (hardware_pde(root, first + done))
			fail("%#x is still mapped after its upper entry was set", first + done);
}

static void call_set_pgd(u32 top, u32 index)
{
	const char *sentence = model.linear                        ? NULL
			       : kills_top(top)                    ? "bad page directory address"
			       : index >= (pae_guest() ? 4 : 1024) ? "bad page directory index"
								   : NULL;
	struct samples samples;

	take_samples(&samples);
	IN_STRETCHES(shadow_set_pgd(&guest.space, to_gpa(top), index));
	expect_killed(sentence);
	if (sentence || model.linear)
		return;
	call_at = index << top_shift();
	call_size = 1u << top_shift();
	call_middle = top;
	announce_range(top, call_at, call_size);
	if (root_of(top))
		history_read_top(top, index);
	check_dropped(root_of(top), call_at, call_size);
	check_samples(&samples, concerns_pgd);
}

static void call_set_pmd(u32 middle, u32 index)
{
	const char *sentence = model.linear   ? NULL
			       : !pae_guest() ? "bad hypercall 13"
			       : middle % FRAME_SIZE || middle >> FRAME_SHIFT >= GUEST_FRAMES
				   ? "bad page middle directory address"
			       : index >= 512 ? "bad page middle directory index"
					      : NULL;
	struct samples samples;

	take_samples(&samples);
	shadow_set_pmd(&guest.space, to_gpa(middle), index);
	expect_killed(sentence);
	if (sentence || model.linear)
		return;
	call_at = index;
	call_middle = middle;
	check_samples(&samples, in_middle);
	for (u32 page = 0; page < 4; page++)
		if ((page << 30 | index << 21) < SWITCHER_START)
			announce_middle(middle, page << 30 | index << 21);
}

/* The upper entry of a page table: a PDE, in PAE a PMDE. */
static u32 upper_level(void)
{
	return leaf_level() - 1;
}

void do_edit_upper(const struct operation *o)
{
	u32 place;

	if (find_entry(o->space, upper_level(), address_of(o), &place))
		guest_store_entry(place, entry_of(o));
}

void do_edit_upper_announced(const struct operation *o)
{
	u32 place, at = address_of(o);

	if (!find_entry(o->space, upper_level(), at, &place))
		return;
	guest_store_entry(place, entry_of(o));
	if (pae_guest())
		call_set_pmd(place & ~FRAME_OFFSET_MASK, at >> 21 & 0x1FF);
	else
		call_set_pgd(top_of_space(o->space), at >> 22);
}

/* Bits that a PAE top entry must not have (SDM vol. 3, table 4-8). */
static const u64 no_top_bits[] = {
    PTE_WRITE,  PTE_USER,   PTE_ACCESSED, PTE_DIRTY,      PDE_LARGE,
    PTE_GLOBAL, 1ull << 32, 1ull << 52,   PTE_NO_EXECUTE,
};

/* A PAE top entry. Mostly a good one; now and then one that is good but for one bit. */
void do_edit_top(const struct operation *o)
{
	u64 entry = entry_of(o) & (0xFFFFF000u | PTE_PRESENT);
	u32 at = address_of(o), which = o->page / 8;

	if (!pae_guest())
		return;
	if (o->page % 8 == 0)
		entry |= PTE_PRESENT | no_top_bits[which % ARRAY_SIZE(no_top_bits)];
	guest_store_entry(entry_place(0, top_of_space(o->space), at), entry);
	if (o->value >> 30 & 1)
		call_set_pgd(top_of_space(o->space), at >> 30);
}

/* -- Arguments of a hostile guest ------------------------------------------------------------ */

/* Any number, most often one near the limit of allowed ones. */
u32 hostile_top(const struct operation *o)
{
	if (o->page < HOSTILE)
		return top_of_space(o->space);
	switch (o->value >> 28 & 3) {
	case 0:
	case 1:
		return (GUEST_FRAMES - 1 + (o->value & 1)) << FRAME_SHIFT;
	case 2:
		return (o->value & 0x7F) << FRAME_SHIFT;
	default:
		return top_of_space(o->space) + (o->value & 0xFF0);
	}
}

void do_set_pgd(const struct operation *o)
{
	u32 indexes[] = {0, 1, 2, 3, 4, 767, 768, 1022, 1023, 1024, 1u << 31, (u32)-1};

	call_set_pgd(hostile_top(o), o->page >= HOSTILE ? indexes[o->place % ARRAY_SIZE(indexes)]
							: address_of(o) >> top_shift());
}

void do_set_pmd(const struct operation *o)
{
	u32 index = o->page >= HOSTILE ? 504u + o->place % 10 : address_of(o) >> 21 & 0x1FF;
	u32 place;

	if (pae_guest() && o->page < HOSTILE && find_entry(o->space, 1, address_of(o), &place))
		call_set_pmd(place & ~FRAME_OFFSET_MASK, index);
	else if (o->page >= HOSTILE)
		call_set_pmd(hostile_top(o), index);
}

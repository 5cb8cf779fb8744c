// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that change PDEs and the entries above them, and SET_PGD and SET_PMD, which announce the
 * changes. */
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

/* -- Required effects of a call -------------------------------------------------------------- */

static u32 call_at, call_size, call_middle;

static bool in_range(u32 at)
{
	return at - call_at < call_size;
}

static bool in_middle(u32 at)
{
	u32 start = at & ~(2 * MIB - 1);

	return (at >> 21 & 0x1FF) == call_at && middle_may_concern(call_middle, start);
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

/*
 * Neighbouring page tables that are flushed until they are in sync, and once more, so that the flush knows their upper
 * entries. Then one of these becomes that of its neighbour, which only a flush announces. Some switch to another address
 * space in between, which has such page tables too.
 */
#define NEIGHBOURS 6u
#define RIGHTS_ARE_ANNOUNCED                                                                       \
	(1u << 30) /* by the ring, before a flush, which the page tables do not give */
#define FLUSHES 4u

static void use_neighbours(u32 at, u32 step, u32 page)
{
	for (u32 i = 0; i < NEIGHBOURS && !guest_has_ended(&guest); i++, at += step)
		if (map_page(SPACE_CURRENT, at, page + i))
			touch(at, ACCESS_READ);
}

/* A page that the guest has written to becomes read-only. */
static void forbid_writes_to(u32 at)
{
	u64 entry;
	u32 place;

	if (touch(at, ACCESS_WRITE) != FILL_DONE ||
	    !find_entry(SPACE_CURRENT, leaf_level(), at, &place))
		return;
	entry = model_entry(place) & ~(u64)PTE_WRITE;
	guest_store_entry(place, entry);
	call_set_pte(model.top, at, entry);
}

static void flush_some(const struct operation *o)
{
	if (o->value & 1u << 28)
		do_flush_user(o);
	else
		do_flush_all(o);
}

void do_neighbours(const struct operation *o)
{
	const u32 step = 1u << (pae_guest() ? 21 : 22), at = address_of(o) & ~7u;
	const u32 changed = at + o->page % NEIGHBOURS * step;
	struct operation announced = *o;
	u32 place, other;

	if (o->value & RIGHTS_ARE_ANNOUNCED && !model.linear &&
	    map_page(SPACE_CURRENT, at, o->page))
		forbid_writes_to(at);
	for (u32 i = 0; i < FLUSHES && !model.linear && !guest_has_ended(&guest); i++) {
		use_neighbours(at, step, o->page);
		flush_some(o);
		if (o->value & 1u << 29 && i == FLUSHES / 2)
			do_switch(o);
	}
	announced.space = SPACE_CURRENT;
	if (o->value & RIGHTS_ARE_ANNOUNCED)
		do_set_ptes(&announced);
	if (model.linear || guest_has_ended(&guest) || changed >= SWITCHER_START - step ||
	    !find_entry(SPACE_CURRENT, upper_level(), changed, &place) ||
	    !find_entry(SPACE_CURRENT, upper_level(), changed + step, &other))
		return;
	guest_store_entry(place, model_entry(other));
	flush_some(o);
	use_neighbours(at, step, o->page);
	if (at < SWITCHER_START && !guest_has_ended(&guest))
		touch(at, ACCESS_WRITE);
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

// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that announce PTEs by the ring. */
#include "lib/min_max.h"
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

/* -- SET_PTE by the ring ---------------------------------------------------------------------- */

#define RING_CALLS HCALL_RING_SIZE /* at most, in one batch */

#define IN_TWO_STEPS (1u << 28)
#define PAGES_ARE_USED (1u << 29)
#define FOR_ONE_PAGE (1u << 30) /* of which only rights change */
#define ENDS_EARLY (1u << 31)   /* by a call that is no SET_PTE */

/* Call `i` of the batch: for neighbours below one PDE, or for another address space in turn, as a
 * fork's; now and then for another PDE. In two steps: an absent entry before each other one, as at
 * mprotect. */
static struct operation ring_operation(const struct operation *o, u32 i)
{
	struct operation call = *o;

	call.page = o->page + (o->value & IN_TWO_STEPS ? i / 2 : i);
	call.value ^= i << FRAME_SHIFT;
	if (o->value & FOR_ONE_PAGE) {
		call.page = o->page;
		call.value = o->value ^ (i & 1 ? PTE_WRITE : 0) ^ (i & 2 ? 1u << 21 : 0);
	}
	if (o->value & IN_TWO_STEPS && i % 2 == 0)
		call.value &= ~PTE_PRESENT;
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

/* A kernel flushes the pages of a batch after it: the last ones, which it has made absent, and one more. */
static void flush_after(const struct last_set_pte *last)
{
	fast_remember(last);
	for (u32 i = 0; i <= last->absent && !guest_has_ended(&guest); i++)
		call_set_pte(last->call.ebx, last->call.ecx - i * FRAME_SIZE, 0);
}

/* Pages of the first calls that the current address space has used. */
static void use_pages(const struct operation *o)
{
	for (u32 i = 0; i < 4 && !model.linear && !guest_has_ended(&guest); i++) {
		struct operation call = ring_operation(o, i);

		if (map_page(SPACE_CURRENT, address_of(&call), o->page + i))
			touch(address_of(&call), ACCESS_READ);
	}
}

#define ENTRY_BITS 0xFFFFFu

/* The entry that the page has, for calls that change its rights. */
static void take_entry(struct operation *o)
{
	u32 place;

	if (find_entry(o->space, leaf_level(), address_of(o), &place))
		o->value = (o->value & ~ENTRY_BITS) | (model_entry(place) & ENTRY_BITS);
}

struct batch {
	u32 first;    /* the slot of its first call */
	u32 set_ptes; /* before another call */
	u32 count;    /* with that one, and those behind it */
	u32 old;      /* calls in the slots behind these that are not to be done */
};

/* The calls in a ring, of which `begun` are done. Returns how many are done then. */
static u32 run_calls(const struct hypercall_slot *calls, const struct batch *batch, u32 begun,
		     struct last_set_pte *last)
{
	struct hypercall_slot ring[HCALL_RING_SIZE] = {0};
	const u32 slot = (batch->first + begun) % HCALL_RING_SIZE, count = batch->count;
	const u32 before_end = min_u32(count - begun, HCALL_RING_SIZE - slot);

	for (u32 i = begun; i < count + batch->old; i++)
		ring[(batch->first + i) % HCALL_RING_SIZE] = calls[i];
	begin_stretch();
	return begun + shadow_set_ptes(&guest.space, ring + slot, before_end,
				       count - begun - before_end, last);
}

static void run_batch(const struct hypercall_slot *calls, const struct batch *batch)
{
	struct last_set_pte last = {0};
	const char *sentence;
	u32 done = calls_done(calls, batch->set_ptes, &sentence), begun = 0;

	fast_left();
	while (begun < done)
		begun = run_calls(calls, batch, begun, &last);
	expect_killed(sentence);
	if (begun != done)
		fail("%u calls of %u are done", begun, done);
	if (last.call.eax == HCALL_SET_PTE &&
	    (last.call.ebx != calls[done - 1].ebx || last.call.ecx != calls[done - 1].ecx ||
	     last.call.edx != calls[done - 1].edx))
		fail("the last of %u calls is not call %u", batch->count, done - 1);
	if (model.linear)
		return;
	announce_batch(calls, sentence ? done - 1 : done);
	if (sentence || last.call.eax != HCALL_SET_PTE)
		return;
	check_last(&last.call);
	flush_after(&last);
}

static struct hypercall_slot set_pte_call(u32 top, u32 at, u64 entry)
{
	return (struct hypercall_slot){.eax = HCALL_SET_PTE,
				       .ebx = top,
				       .ecx = at,
				       .edx = (u32)entry,
				       .esi = (u32)(entry >> 32)};
}

void do_set_ptes(const struct operation *given)
{
	struct hypercall_slot calls[RING_CALLS];
	const u32 count = given->value % RING_CALLS + 1;
	struct operation changed = *given, *o = &changed;
	struct batch batch = {HCALL_RING_SIZE - o->page % RING_CALLS, count, count, 0};

	if (o->value & PAGES_ARE_USED)
		use_pages(o);
	if (o->value & FOR_ONE_PAGE)
		take_entry(o);
	if (guest_has_ended(&guest))
		return;
	for (u32 i = 0; i < count; i++) {
		struct operation call = ring_operation(o, i);

		calls[i] =
		    set_pte_call(top_of_space(call.space), address_of(&call), entry_of(&call));
	}
	if (o->value & ENDS_EARLY && count > 1) {
		batch.set_ptes = count / 2;
		calls[batch.set_ptes].eax = HCALL_FLUSH_TLB;
	}
	run_batch(calls, &batch);
}

/* -- A fork ----------------------------------------------------------------------------------- */

#define PLAIN (1u << 25) /* pages in a row, and none is an exception */
#define TWO_BATCHES (1u << 26)
#define CALL_AMONG_THEM (1u << 27)
#define SECOND_PAGE_FIRST (1u << 28)
#define CHILD_HAS_RUN (1u << 29)
#define ONE_FRAME (1u << 30) /* all pages are the same one */
#define FORKED_TWICE (1u << 31)
#define FORKED_PAGES (2 * PAGES_EACH)
#define LARGE_STEP                                                                                 \
	0x00200000u /* the last page of the first half is followed by the first one of the other */

static u32 forked_page(const struct operation *o, u32 page)
{
	const struct operation parent = {.place = o->place, .page = page % PAGES_EACH};
	const struct operation last = {.place = o->place, .page = PAGES_EACH - 1};

	if (o->value & PLAIN)
		return address_of(&last) + (page + 1 - FORKED_PAGES / 2) * FRAME_SIZE;
	return address_of(&parent) + page / PAGES_EACH * LARGE_STEP;
}

/* True if the parent uses the page, or writes to it: by the value's bits, or in half of all forks each page. */
static bool is_forked_used(const struct operation *o, u32 page)
{
	return o->page & 0x40 || o->value >> page % PAGES_EACH & 1;
}

static bool is_forked_written(const struct operation *o, u32 page)
{
	return o->page & 0x40 || o->value >> page % PAGES_EACH & 1u << 8;
}

/* Makes the parent's pages, and uses them. False: the guest has ended. */
static bool use_forked_pages(const struct operation *o)
{
	for (u32 page = 0; page < FORKED_PAGES && !guest_has_ended(&guest); page++) {
		const u32 at = forked_page(o, page);

		if (map_page(SPACE_CURRENT, at, o->page + (o->value & ONE_FRAME ? 0 : page)) &&
		    is_forked_used(o, page))
			touch(at, ACCESS_USER |
				      (is_forked_written(o, page) ? ACCESS_WRITE : ACCESS_READ));
	}
	return !guest_has_ended(&guest);
}

/* The entry goes into the space's table, and is announced. */
static struct hypercall_slot announce_for(u32 space, u32 at, u64 entry)
{
	u32 place;

	if (find_entry(space, leaf_level(), at, &place))
		guest_store_entry(place, entry);
	return set_pte_call(top_of_space(space), at, entry);
}

/* Two calls for a page: for the current address space, whose entry loses the right to write (but for some pages), and
 * for the child. For two pages out of eight, one is for a third space, or for another page. A plain fork has no such
 * exceptions. */
static void fork_page(const struct operation *o, u32 page, struct hypercall_slot calls[2])
{
	const u32 child = o->space % SPACE_CURRENT, third = (child + 1) % SPACE_CURRENT;
	const u32 number = page % PAGES_EACH, at = forked_page(o, page);
	const bool plain = o->value & PLAIN;
	const bool others_page = !plain && number == o->page % PAGES_EACH;
	const bool thirds_page = !plain && number == o->page / PAGES_EACH % PAGES_EACH;
	u32 place;
	u64 entry = 0;

	if (find_entry(SPACE_CURRENT, leaf_level(), at, &place))
		entry = model_entry(place);
	if (plain || !(o->value >> number & 1u << 16))
		entry &= ~(u64)PTE_WRITE;
	if (setup.nx && !((o->value >> 16 ^ page) & 31))
		entry ^= PTE_NO_EXECUTE;
	calls[0] = announce_for(thirds_page ? third : SPACE_CURRENT, at, entry);
	calls[1] = announce_for(others_page && page & 1 ? third : child,
				others_page && !(page & 1) ? at + 2 * LARGE_STEP : at, entry);
}

static void call_directly(const struct hypercall_slot *call)
{
	call_set_pte(call->ebx, call->ecx, call->edx | (pae_guest() ? (u64)call->esi << 32 : 0));
}

/* Runs the calls of a fork: all, or with another call among them, or in two batches, often with a direct call between
 * them, as of a guest whose ring is full. */
static void run_fork(const struct operation *o, struct hypercall_slot *calls, u32 count)
{
	struct batch batch = {o->page % HCALL_RING_SIZE, count, count, 0};

	if (o->value & (CALL_AMONG_THEM | TWO_BATCHES))
		batch.set_ptes = (o->page + (o->value >> 20)) % (count - 1) + 1;
	if (o->value & TWO_BATCHES) { /* the others are in their slots already */
		batch.count = batch.set_ptes;
		batch.old = count - batch.count;
	} else if (o->value & CALL_AMONG_THEM) {
		calls[batch.set_ptes].eax = HCALL_FLUSH_TLB;
	}
	run_batch(calls, &batch);
	if (batch.old && !guest_has_ended(&guest)) {
		const u32 direct = o->page & 8 && batch.old > 1, left = batch.old - direct;
		const struct batch rest = {(batch.first + batch.count) % HCALL_RING_SIZE, left,
					   left, 0};

		if (direct)
			call_directly(calls + batch.count);
		if (!guest_has_ended(&guest))
			run_batch(calls + batch.count + direct, &rest);
	}
}

static void fork_once(const struct operation *o)
{
	const bool plain = o->value & PLAIN, other_first = o->value & SECOND_PAGE_FIRST;
	struct hypercall_slot calls[2 * FORKED_PAGES];

	if (!use_forked_pages(o))
		return;
	for (u32 i = 0; i < FORKED_PAGES; i++)
		fork_page(o, i ^ (other_first && !plain), calls + 2 * i);
	/* The first call of a plain fork may have been a direct one. */
	if (other_first && plain)
		call_directly(calls);
	if (!guest_has_ended(&guest))
		run_fork(o, calls + (other_first && plain),
			 ARRAY_SIZE(calls) - (other_first && plain));
	for (u32 page = 0; page < FORKED_PAGES && !guest_has_ended(&guest); page++)
		if (is_forked_written(o, page))
			touch(forked_page(o, page), ACCESS_USER | ACCESS_WRITE);
}

/* The child runs, and uses this page. */
static void run_child(const struct operation *o, u32 at)
{
	const u32 parent = model.top;

	call_new_pgtable(top_of_space(o->space % SPACE_CURRENT), 0);
	if (!guest_has_ended(&guest) && map_page(SPACE_CURRENT, at, o->page))
		touch(at, ACCESS_USER | ACCESS_READ);
	if (!guest_has_ended(&guest))
		call_new_pgtable(parent, 0);
}

void do_fork(const struct operation *o)
{
	if (model.linear || forked_page(o, FORKED_PAGES - 1) + 2 * LARGE_STEP >= SWITCHER_START)
		return;
	if (o->value & CHILD_HAS_RUN)
		run_child(o, forked_page(o, 0) + 2 * LARGE_STEP);
	if (!guest_has_ended(&guest))
		fork_once(o);
	if (!(o->value & FORKED_TWICE))
		return;
	if (o->page & 0x20 && !guest_has_ended(&guest))
		/* It gets a page table for the first of these, or for the last. */
		run_child(o, forked_page(o, o->page & 0x10 ? 0 : FORKED_PAGES - 1));
	if (!guest_has_ended(&guest))
		fork_once(o);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of an event of a guest that is watched. It can have thousands of lines, which the port's poller sends in
 * pieces while the guest stands, in this order:
 *
 *	WATCH_RING     the calls that were taken from the ring
 *	WATCH_KNOWN    what has changed in page tables that were there: their entries, their rights, or they are gone
 *	WATCH_MADE     page tables that are new, each with its entries (WATCH_ADDED)
 *	               the event itself
 *
 * A copy of each shadow page table has its entries as they were after the event before. An entry that has been made and
 * dropped again since then has no line.
 */
#include "hv/base/stretch.h"
#include "hv/domain/domain_run.h"
#include "hv/hypercalls.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define COPY_ORDER 1u /* two frames: a page table has as many entries as one frame holds */

struct table_copy {
	struct table_copy *next;
	u32 set, pde;
	u64 spde;
	u32 entries[]; /* the words of one frame */
};

/* -- 1. Tables ----------------------------------------------------------------------------------- */

static bool is_wide(const struct domain *domain)
{
	return domain->guest.space.shadow.engine->pae_shadow;
}

static u32 entries_of_table(bool wide)
{
	return FRAME_SIZE / (wide ? sizeof(u64) : sizeof(u32));
}

static u64 entry_at(const void *entries, u32 index, bool wide)
{
	return wide ? ((const u64 *)entries)[index] : ((const u32 *)entries)[index];
}

static void set_entry(void *entries, u32 index, bool wide, u64 entry)
{
	if (wide)
		((u64 *)entries)[index] = entry;
	else
		((u32 *)entries)[index] = (u32)entry;
}

static u32 count_entries(const void *entries, bool wide)
{
	u32 count = 0;

	for (u32 i = 0; i < entries_of_table(wide); i++)
		count += entry_at(entries, i, wide) & PTE_PRESENT;
	return count;
}
_Static_assert(PTE_PRESENT == 1, "counted");

static const void *table_of(u64 spde)
{
	return frame_map(to_pfn((u32)spde >> FRAME_SHIFT));
}

static const struct table_set *set_of(const struct domain *domain, u32 set)
{
	const struct shadow *s = &domain->guest.space.shadow;

	return set == WATCH_SHARED ? &s->kernel : &s->directories[set].user;
}

static bool has_table(const struct table_set *set, u32 pde)
{
	return set->present[pde / 32] >> pde % 32 & 1;
}

/* 0: it has no page table. */
static u64 spde_of(const struct domain *domain, u32 set, u32 pde)
{
	const struct shadow *s = &domain->guest.space.shadow;
	const pfn_t *pages = set == WATCH_SHARED ? s->kernel_pages : s->directories[set].pages;
	bool wide = is_wide(domain);
	u32 of_page = entries_of_table(wide);

	if (!has_table(set_of(domain, set), pde))
		return 0;
	return entry_at(frame_map(pages[pde / of_page]), pde % of_page, wide) & ~(u64)PDE_IN_SYNC;
}

static u32 top_of(const struct domain *domain, u32 set)
{
	return set == WATCH_SHARED ? 0 : gpa_value(domain->guest.space.shadow.directories[set].top);
}

/* -- 2. Lines ------------------------------------------------------------------------------------ */

static void begin_line(struct watch_text *line, const char *kind, const struct domain *domain)
{
	line->size = 0;
	watch_add(line, "%s guest=%s n=%u", kind, domain->name, domain->watch.events);
}

/* The directory, and the address of this entry. */
static void add_place(struct watch_text *line, const struct domain *domain,
		      const struct table_copy *copy, u32 entry)
{
	u32 shift = domain->guest.space.shadow.engine->pde_shift;
	u32 top = domain->watch.report.tops[copy->set];

	if (copy->set == WATCH_SHARED)
		watch_add(line, " top=shared");
	else if (top == NO_TOP)
		watch_add(line, " top=linear");
	else
		watch_add_hex(line, " top=", top);
	watch_add_hex(line, " at=", (copy->pde << shift) + entry * FRAME_SIZE);
}

static void add_change(struct watch_text *line, const char *key, u64 was, u64 is)
{
	watch_add_hex(line, key, was);
	watch_add_hex(line, ">", is);
}

static void say_table(const struct domain *domain, const struct table_copy *copy, const char *what,
		      u64 spde)
{
	bool wide = is_wide(domain);
	struct watch_text line;

	begin_line(&line, "table", domain);
	watch_add(&line, " what=%s", what);
	add_place(&line, domain, copy, 0);
	add_change(&line, " spde=", copy->spde, spde);
	watch_add(&line, " entries=%u pages=%u", spde ? 0 : count_entries(copy->entries, wide),
		  entries_of_table(wide));
	watch_port_send(&line);
}

static void tell_entry(const struct domain *domain, struct table_copy *copy, u32 entry,
		       const void *table)
{
	bool wide = is_wide(domain);
	u64 was = entry_at(copy->entries, entry, wide), is = entry_at(table, entry, wide);
	struct watch_text line;

	set_entry(copy->entries, entry, wide, is);
	if (!((was ^ is) & ~(u64)SPTE_WRITER)) /* this bit is the engine's own affair */
		return;
	begin_line(&line, "entry", domain);
	add_place(&line, domain, copy, entry);
	add_change(&line, " spte=", was & ~(u64)SPTE_WRITER, is & ~(u64)SPTE_WRITER);
	watch_port_send(&line);
}

/* The calls that have been served from the ring are still in their slots. */
static void say_ring_call(const struct domain *domain, u32 slot)
{
	const struct hypercall_slot *call = &domain->guest.shared->hcalls[slot % HCALL_RING_SIZE];
	struct watch_text line;

	begin_line(&line, "ring", domain);
	watch_add(&line, " what=%s", hypercall_name(call->eax) ?: "-");
	watch_add_hex(&line, " a=", call->ebx);
	watch_add_hex(&line, " b=", call->ecx);
	watch_add_hex(&line, " c=", call->edx);
	watch_add_hex(&line, " d=", call->esi);
	watch_port_send(&line);
}

/* -- 3. Copies ----------------------------------------------------------------------------------- */

/* Copies belong to the hypervisor: each has an account of its own. */
static const struct frame_account account_of_copy = {.owner = OWNER_UMBRA,
						     .limit = 1u << COPY_ORDER};

/* NULL: no frames are free. */
static struct table_copy *new_copy(void)
{
	struct frame_account account;
	struct table_copy *copy;
	pfn_t first;

	if (!frames_open(&account, account_of_copy.owner, account_of_copy.limit))
		return NULL;
	if (!frame_alloc_run(&account, COPY_ORDER, &first)) {
		frames_close(&account);
		return NULL;
	}
	copy = frame_map(first);
	memset(copy, 0, FRAME_SIZE << COPY_ORDER);
	return copy;
}

static void free_copy(struct watch_report *r, struct table_copy **link)
{
	struct frame_account account = account_of_copy;
	struct table_copy *copy = *link;

	account.used = account.limit;
	*link = copy->next;
	r->copied[copy->set]--;
	frame_free_run(&account, COPY_ORDER, frame_of(copy));
	frames_close(&account);
}

enum progress watch_close(struct domain *domain)
{
	struct watch_report *r = &domain->watch.report;

	while (r->copies) {
		free_copy(r, &r->copies);
		if (stretch_is_spent())
			return AGAIN;
	}
	return DONE;
}

/* -- 4. Pieces ----------------------------------------------------------------------------------- */

/* The first entry from `entry` on that differs; as many as a page table has: there is none. */
static u32 next_difference(const u32 *table, const u32 *copy, u32 entry, bool wide)
{
	u32 word = entry << wide;

	while (word < FRAME_SIZE / sizeof(u32) && table[word] == copy[word])
		word++;
	return word >> wide;
}

/* Compares the page table with its copy, up to the next change. True: nothing else has changed in it. */
static bool compare(struct domain *domain)
{
	struct watch_report *r = &domain->watch.report;
	struct table_copy *copy = *r->at;
	bool wide = is_wide(domain);
	u64 spde = r->tops[copy->set] == top_of(domain, copy->set)
		       ? spde_of(domain, copy->set, copy->pde)
		       : 0;

	if (spde != copy->spde)
		say_table(domain, copy, copy->spde ? spde ? "changed" : "dropped" : "made", spde);
	copy->spde = spde;
	if (!spde) {
		free_copy(r, r->at);
		r->entry = 0;
		return true;
	}
	r->entry = next_difference(table_of(spde), copy->entries, r->entry, wide);
	if (r->entry < entries_of_table(wide)) {
		tell_entry(domain, copy, r->entry++, table_of(spde));
		return false;
	}
	r->entry = 0;
	r->at = &copy->next;
	return true;
}

u32 watch_next_table(const struct table_set *tables, u32 pde)
{
	while (pde < SHADOW_PDES_MAX && !has_table(tables, pde))
		pde = tables->present[pde / 32] ? pde + 1 : (pde | 31) + 1;
	return pde;
}

/* Adds a copy before the one that *r->at leads to. Without frames for it, the entries of the page table are not told;
 * the next event tries again. */
static void add_copy(struct domain *domain, u32 set, u32 pde)
{
	struct watch_report *r = &domain->watch.report;
	struct table_copy *copy = new_copy(), unseen = {.set = set, .pde = pde};
	u64 spde = spde_of(domain, set, pde);

	if (!copy) {
		say_table(domain, &unseen, "unseen", spde);
		return;
	}
	copy->set = set;
	copy->pde = pde;
	copy->next = *r->at;
	*r->at = copy;
	r->copied[set]++;
	r->part = WATCH_ADDED;
}

/* Copies are in the order of their places. */
static u32 place_of(u32 set, u32 pde)
{
	return set * SHADOW_PDES_MAX + pde;
}

/* Looks at one page table of the present set or at one copy, or goes on to the next set. False: that was the last. */
static bool look_for_new(struct domain *domain)
{
	struct watch_report *r = &domain->watch.report;
	const struct table_set *tables = set_of(domain, r->set);
	struct table_copy *copy = *r->at;

	r->pde =
	    r->copied[r->set] == tables->count ? SHADOW_PDES_MAX : watch_next_table(tables, r->pde);
	if (r->pde == SHADOW_PDES_MAX) {
		r->pde = 0;
		return ++r->set < WATCH_SETS;
	}
	if (copy && place_of(copy->set, copy->pde) <= place_of(r->set, r->pde)) {
		r->pde += copy->set == r->set && copy->pde == r->pde;
		r->at = &copy->next;
	} else {
		add_copy(domain, r->set, r->pde++);
	}
	return true;
}

static void begin_look(struct domain *domain)
{
	struct watch_report *r = &domain->watch.report;

	for (u32 i = 0; i < WATCH_SETS; i++)
		r->tops[i] = top_of(domain, i);
	r->set = r->pde = 0;
	r->at = &r->copies;
	r->part = WATCH_MADE;
}

void watch_report_begin(struct domain *domain, u32 ring_calls)
{
	struct watch_report *r = &domain->watch.report;

	r->part = WATCH_RING;
	r->ring_first = domain->watch.ring_next;
	r->ring_calls = ring_calls;
	r->at = &r->copies;
	r->entry = 0;
}

bool watch_report_piece(struct domain *domain)
{
	struct watch_report *r = &domain->watch.report;

	if (guest_has_ended(&domain->guest))
		return false;
	switch (r->part) {
	case WATCH_RING:
		if (r->ring_calls) {
			say_ring_call(domain, r->ring_first++);
			r->ring_calls--;
		} else {
			r->part = WATCH_KNOWN;
		}
		return true;
	case WATCH_KNOWN:
		if (*r->at)
			compare(domain);
		else
			begin_look(domain);
		return true;
	case WATCH_ADDED:
		if (compare(domain))
			r->part = WATCH_MADE;
		return true;
	default:
		return look_for_new(domain);
	}
}

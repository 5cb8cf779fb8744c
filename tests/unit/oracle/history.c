// SPDX-License-Identifier: GPL-2.0-or-later
/* Earlier values of the guest's page tables whose changes the guest has not announced. */
#include "tests/unit/oracle/history.h"

#include <string.h>

#define PLACES (GUEST_FRAMES * FRAME_SIZE / sizeof(u32))
#define RECORDS 65536u
#define SPACES 256u
#define PAE_TOPS 4u

static u32 now, start; /* `start`: nothing from before matters */

/* -- Earlier values of entries --------------------------------------------------------------- */

static struct old_entry {
	u32 place, older; /* `older`: the record of the same place before; 0: none */
	u32 until;        /* when it was overwritten */
	u64 entry;
} old_entries[RECORDS];
static u32 old_count; /* record 0 is none */
static u32 newest[PLACES];

static void forget_entries(void)
{
	for (u32 i = 1; i < old_count; i++)
		newest[old_entries[i].place] = 0;
	old_count = 1;
}

void history_remember(u32 gpa, u64 entry)
{
	u32 place = gpa / sizeof(u32);

	if (old_count == RECORDS)
		fail("the script is too long for the history");
	old_entries[old_count] = (struct old_entry){place, newest[place], ++now, entry};
	newest[place] = old_count++;
}

/* All values of one entry since some time: start with {.gpa = its place}, then call until false. */
struct values {
	u32 gpa, record;
	bool begun;
	u64 entry;
};

static bool next_value(struct values *v, u32 since)
{
	if (!v->begun) {
		v->begun = true;
		v->record = newest[v->gpa / sizeof(u32)];
		v->entry = model_entry(v->gpa);
		return true;
	}
	if (!v->record || old_entries[v->record].until <= since)
		return false;
	v->entry = old_entries[v->record].entry;
	v->record = old_entries[v->record].older;
	return true;
}

/* -- Earlier address spaces ------------------------------------------------------------------ */

static struct space {
	u32 top;
	u32 last;           /* when it ran last */
	bool stale;         /* everything was flushed since, and its user part will be */
	u64 tops[PAE_TOPS]; /* a PAE guest's top entries, as the CPU has read them */
} spaces[SPACES];
static u32 space_count;

static struct space *find_space(u32 top)
{
	u32 i;

	for (i = 0; i < space_count && spaces[i].top != top; i++)
		;
	return i < space_count ? &spaces[i] : NULL;
}

static void announce_user_part(u32 top)
{
	if (model.shared_from)
		announce_tables(top, 0, model.shared_from - 1);
}

void history_switched(u32 top)
{
	struct space *running = find_space(model.top), *next = find_space(top);

	if (!next && space_count == SPACES)
		fail("too many address spaces");
	if (!next) {
		next = &spaces[space_count++];
		*next = (struct space){.top = top};
	}
	++now;
	if (running) /* it ran until now */
		running->last = now;
	next->last = now;
	if (!next->stale)
		return;
	next->stale = false;
	announce_user_part(top);
	history_read_tops(top);
}

void history_read_top(u32 top, u32 index)
{
	struct space *space = find_space(top);

	if (pae_guest() && space)
		space->tops[index] = model_entry(entry_place(0, top, index << 30));
}

void history_read_tops(u32 top)
{
	for (u32 i = 0; i < PAE_TOPS; i++)
		history_read_top(top, i);
}

u32 history_last_run(u32 top)
{
	const struct space *space = find_space(top);

	return space ? space->last : 0;
}

/* -- Announcements --------------------------------------------------------------------------- */

static struct announcement {
	u32 time, top, first, last;
	bool page; /* of one page's entry: upper levels are not announced */
	u64 entry; /* that it said */
} announcements[RECORDS];
static u32 announced;

static void announce(struct announcement what)
{
	if (announced == RECORDS)
		fail("the script is too long for the history");
	what.time = ++now;
	announcements[announced++] = what;
}

void announce_tables(u32 top, u32 first, u32 last)
{
	announce((struct announcement){.top = top, .first = first, .last = last});
}

void announce_page(u32 top, u32 at, u64 entry)
{
	u32 first = at & ~FRAME_OFFSET_MASK;

	announce((struct announcement){0, top, first, first | FRAME_OFFSET_MASK, true, entry});
}

void announce_everything(void)
{
	start = ++now;
	announced = 0;
	forget_entries();
}

void announce_flush(void)
{
	announce_user_part(model.top);
	announce_tables(EVERY_SPACE, model.shared_from, UINT32_MAX);
	for (u32 i = 0; i < space_count; i++)
		spaces[i].stale |= spaces[i].top != model.top;
}

void history_start(void)
{
	now = start = announced = space_count = 0;
	if (!old_count)
		old_count = 1;
	forget_entries();
}

static bool covers(const struct announcement *a, u32 top, u32 at)
{
	return at >= a->first && at <= a->last && (a->top == EVERY_SPACE || a->top == top);
}

/* The last announcement for `at`; of its tables, or of its page as well. NULL: none. */
static const struct announcement *last_announcement(u32 top, u32 at, bool or_page)
{
	for (u32 i = announced; i-- > 0;)
		if (covers(&announcements[i], top, at) && (or_page || !announcements[i].page))
			return &announcements[i];
	return NULL;
}

static u32 tables_since(u32 top, u32 at)
{
	const struct announcement *last = last_announcement(top, at, false);

	return last ? last->time : start;
}

/* -- Ways through the tables ----------------------------------------------------------------- */

/* Looking for a way to an entry of `level` that some mapping can have come from. */
struct search {
	u32 at, since, level;
	const struct mapping *found;
};

static bool is_usable(u32 level, u64 entry)
{
	const bool marks = !pae_guest() || level;
	u64 used = PTE_PRESENT | (marks ? PTE_ACCESSED : 0);

	return (entry & used) == used && !is_bad_entry(level, entry);
}

/* The upper entry gives only rights: the frame is the leaf's. */
static bool upper_explains(u64 entry, const struct mapping *found)
{
	return (!found->write || (entry & PTE_WRITE)) && (!found->user || (entry & PTE_USER)) &&
	       (!found->execute || !(entry & PTE_NO_EXECUTE));
}

static bool leaf_explains(u64 entry, const struct mapping *found)
{
	return upper_explains(entry, found) && (!found->write || (entry & PTE_DIRTY)) &&
	       machine_frame((u32)entry >> FRAME_SHIFT) == found->frame;
}

static bool search_from(const struct search *s, u32 level, u32 table)
{
	struct values v = {.gpa = entry_place(level, table, s->at)};

	while (next_value(&v, s->since)) {
		if (!is_usable(level, v.entry))
			continue;
		if (level < s->level) {
			if (search_from(s, level + 1, table_behind(v.entry)))
				return true;
		} else if (level == leaf_level() ? leaf_explains(v.entry, s->found)
						 : upper_explains(v.entry, s->found)) {
			return true;
		}
	}
	return false;
}

/* Shared tables can have been filled from every space that ran since. */
static bool search(const struct search *s, u32 top)
{
	if (!is_shared(s->at))
		return search_from(s, 0, top);
	for (u32 i = 0; i < space_count; i++)
		if ((spaces[i].last > s->since || spaces[i].top == model.top) &&
		    search_from(s, 0, spaces[i].top))
			return true;
	return false;
}

static bool linear_explains(u32 at, const struct mapping *found)
{
	return !found->user && at >> FRAME_SHIFT < GUEST_FRAMES &&
	       found->frame == machine_frame(at >> FRAME_SHIFT);
}

bool is_explained(u32 top, u32 at, const struct mapping *found)
{
	const struct announcement *last = last_announcement(top, at, true);
	struct search leaf = {at, last ? last->time : start, leaf_level(), found};
	struct search upper = {at, tables_since(top, at), leaf_level() - 1, found};

	if (model.linear)
		return linear_explains(at, found);
	if (!search(&upper, top))
		return false;
	if (last && last->page && is_usable(leaf_level(), last->entry) &&
	    leaf_explains(last->entry, found))
		return true;
	return search(&leaf, top);
}

/* -- Middle directories ---------------------------------------------------------------------- */

/* Sets *this if `top` has had this middle directory for `at` since then, *other if it has had
 * another. */
static void middles(u32 top, u32 at, u32 since, u32 middle, bool *this, bool *other)
{
	struct values v = {.gpa = entry_place(0, top, at)};

	while (next_value(&v, since)) {
		if (!is_usable(0, v.entry))
			continue;
		if (table_behind(v.entry) == middle)
			*this = true;
		else
			*other = true;
	}
}

/* True if the CPU has read, for a space that it remembers, that this is the middle directory
 * there. */
static bool is_known_middle(const struct space *space, u32 at, u32 middle)
{
	u64 entry = space->tops[at >> 30];

	return root_of(space->top) && is_usable(0, entry) && table_behind(entry) == middle;
}

static bool is_shared_announced(u32 middle, u32 at)
{
	u32 since = tables_since(EVERY_SPACE, at);
	bool this = false, other = false;

	for (u32 i = 0; i < space_count; i++) {
		if (is_known_middle(&spaces[i], at, middle))
			return true;
		if (spaces[i].last > since || spaces[i].top == model.top)
			middles(spaces[i].top, at, since, middle, &this, &other);
	}
	return !other;
}

static bool is_announced(const struct space *space, u32 middle, u32 at)
{
	bool this = false, other = false;

	middles(space->top, at, tables_since(space->top, at), middle, &this, &other);
	return (this && !other) || is_known_middle(space, at, middle);
}

void announce_middle(u32 middle, u32 at)
{
	const u32 last = at + 2 * MIB - 1;

	if (is_shared(at) && is_shared_announced(middle, at))
		announce_tables(EVERY_SPACE, at, last);
	for (u32 i = 0; i < space_count && !is_shared(at); i++)
		if (is_announced(&spaces[i], middle, at))
			announce_tables(spaces[i].top, at, last);
}

/* True if the shadow of `at` may have been filled through this space's middle directories. */
static bool is_concerned(const struct space *space, u32 at)
{
	if (space->top == model.top)
		return true;
	return is_shared(at) && space->last > start;
}

bool middle_may_concern(u32 middle, u32 at)
{
	u32 seen = 0;

	for (u32 i = 0; i < space_count; i++) {
		struct values v = {.gpa = entry_place(0, spaces[i].top, at)};

		while (is_concerned(&spaces[i], at) && next_value(&v, start)) {
			u32 found = table_behind(v.entry);

			if (!is_usable(0, v.entry))
				continue;
			if (found == middle || (seen && seen != found + 1))
				return true;
			seen = found + 1; /* 0 is a good address */
		}
	}
	return false;
}

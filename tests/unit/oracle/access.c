// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that touch memory: as the CPU does, through the shadow, and as the hypervisor does. */
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/clones.h"
#include "tests/unit/oracle/fast.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

#define INSTRUCTION_PAGES 8u /* the most that one instruction can need */
#define STACK_PAGES 2u       /* the most that SET_STACK names */
#define BUFFER_SIZE (2 * FRAME_SIZE + 64)

static const char *const outcome_names[] = {
    [FILL_DONE] = "done",
    [FILL_NOT_PRESENT] = "not present",
    [FILL_PROTECTED] = "protected",
    [FILL_KILLED] = "killed",
};

/* Checks the mapping that a fill has made. */
static void check_fill(u32 at, u32 access, const struct translation *t)
{
	struct mapping found = hardware_walk(current_root(), at);
	struct mapping expected = expected_mapping(t->upper, t->leaf);

	if (!same_mapping(&found, &expected) || !expected.frame)
		fail("the fill of %#x for %#llx leads to frame %#x, write %u, user %u", at,
		     (unsigned long long)t->leaf, found.frame, found.write, found.user);
	if (!hardware_allows(&found, access))
		fail("the fill of %#x does not allow access %#x", at, access);
	if (frame_use(to_pfn(found.frame)) != FRAME_MEMORY)
		fail("%#x leads to what is not the guest's memory", at);
}

/* Only a write gives the guest a frame of its own: one that is marked on the way is written to. */
static void check_copies(u32 at, u32 access, const struct translation *t, u32 before)
{
	u32 gfn = table_behind(t->leaf) >> FRAME_SHIFT, i;

	for (i = 0; i < t->levels && t->places[i] >> FRAME_SHIFT != gfn; i++)
		;
	if (before == 0)
		before = pfn_value(frame_of_zeroes());
	if (!(access & ACCESS_WRITE) && !model.linear && i == t->levels &&
	    machine_frame(gfn) != before)
		fail("the fill of %#x for a read has replaced frame %#x", at, before);
}

/* A fill for a process may include pages behind its own, and marks them with A. */
#define AHEAD_PAGES 32u

static void adopt_marks(u32 at, const struct translation *t)
{
	u32 place = t->places[t->levels - 1], size = entry_size();

	for (u32 i = 1; i < AHEAD_PAGES && (place + i * size) % FRAME_SIZE; i++) {
		u64 before = model_entry(place + i * size), marked = before | PTE_ACCESSED;

		if ((before & PTE_PRESENT) && engine_entry(place + i * size) == marked &&
		    hardware_walk(current_root(), at + i * FRAME_SIZE).present)
			model_store(place + i * size, &marked, size);
	}
}

/* A fill changes only its own PDE, unless no other directory is left to give up, so that it had to
 * reclaim the running directory's tables. */
static u32 filled;

static bool in_filled_pde(u32 at)
{
	const u32 size = pae_shadow() ? 2 * MIB : 4 * MIB;

	return at / size == filled / size;
}

static void check_rest(u32 at, const struct cache_view *cache, const struct samples *samples)
{
	struct cache_view after;

	check_cache(cache);
	view_cache(&after);
	filled = at;
	if (after.reclaims == cache->reclaims || after.count > 1)
		check_samples(samples, in_filled_pde);
}

/* If a table is its own middle directory, A in an entry makes it a bad top entry: an access that
 * faulted before then kills the guest. */
static bool has_spoilt_its_way(u32 at, u32 access, enum fill_outcome outcome)
{
	struct translation again;

	return model_look(at, access, &again) != outcome;
}

/* The page fault: the engine's outcome must be that of the guest's tables. */
static enum fill_outcome fault(u32 at, u32 access)
{
	struct translation t;
	const char *sentence;
	enum fill_outcome expected = model_walk(at, access, &t, &sentence), outcome;
	u32 before = expected == FILL_DONE ? machine_frame(table_behind(t.leaf) >> FRAME_SHIFT) : 0;
	struct cache_view cache;
	struct samples samples;
	u32 fast_error;
	bool fast = fast_says(at, access, &fast_error);

	fast_left();
	view_cache(&cache);
	take_samples(&samples);
	outcome = shadow_fill(&guest.space, to_gva(at), access);
	if (outcome != expected)
		fail("access %#x to %#x: %s, but should be: %s", access, at, outcome_names[outcome],
		     outcome_names[expected]);
	expect_killed(sentence);
	for (u32 i = 0; i < t.levels; i++)
		compare_entry(t.places[i]);
	if (outcome == FILL_DONE) {
		check_fill(at, access, &t);
		check_copies(at, access, &t, before);
		if (!model.linear && (access & ACCESS_USER))
			adopt_marks(at, &t);
	}
	check_rest(at, &cache, &samples);
	if (!has_spoilt_its_way(at, access, outcome))
		fast_check(at, access, fast, fast_error, &t, outcome);
	return outcome;
}

/* True if the shadow maps the page for this access. Fails if the guest's entries do not explain the
 * mapping. */
static bool is_mapped(u32 at, u32 access)
{
	struct mapping found = {0};

	if (at < SWITCHER_START)
		found = hardware_walk(current_root(), at);
	if (!hardware_allows(&found, access))
		return false;
	if (!is_explained(model.top, at, &found))
		fail("%#x leads to frame %#x: no entry since the last announcement explains it", at,
		     found.frame);
	return true;
}

/* One access of the guest's own. */
enum fill_outcome touch(u32 at, u32 access)
{
	if (!(setup.nx && pae_guest()))
		access &= ~ACCESS_FETCH; /* no such bit in the error code */
	return is_mapped(at, access) ? FILL_DONE : fault(at, access);
}

static u32 behind(u32 at)
{
	return guest_frame_of(hardware_walk(current_root(), at).frame) * FRAME_SIZE +
	       at % FRAME_SIZE;
}

void do_access(const struct operation *o)
{
	static const u32 accesses[] = {
	    ACCESS_READ,
	    ACCESS_WRITE,
	    ACCESS_FETCH,
	    ACCESS_USER,
	    ACCESS_USER | ACCESS_WRITE,
	    ACCESS_USER | ACCESS_FETCH,
	};
	u32 at = address_of(o) & ~7u, access = accesses[o->value % ARRAY_SIZE(accesses)];
	u32 written = o->value & 0x7FF7F; /* in a table, an entry that makes sense */

	if (at < SWITCHER_START)
		note_sample(at);
	if (touch(at, access) == FILL_DONE && (access & ACCESS_WRITE))
		guest_store(behind(at), &written, sizeof(written));
}

/*
 * A process that touches pages one behind the other: fills include pages ahead. In between, its page tables may become
 * frames that others hold, too: no page ahead must be marked in these.
 */
#define ROW_PAGES 12u

void do_row(const struct operation *o)
{
	u32 at = address_of(o) & ~7u, pages = 2 + (o->value >> 4) % ROW_PAGES, i;
	u32 access = ACCESS_USER | (o->value & 1 ? ACCESS_WRITE : 0);

	for (i = 0; i < pages && !model.linear && o->page & 0x80; i++)
		map_page(SPACE_CURRENT, at + i * FRAME_SIZE, o->page + i);
	if (o->value & ROW_IS_SHARED && at < SWITCHER_START - FRAME_SIZE &&
	    touch(at + FRAME_SIZE, ACCESS_USER) == FILL_DONE && touch(at, ACCESS_USER) == FILL_DONE)
		do_share(o);
	for (i = 0; i < pages && at < SWITCHER_START && !guest_has_ended(&guest);
	     i++, at += FRAME_SIZE)
		touch(at, access);
}

/* The first page that the access does not get; `pages` if it gets all of them. */
static u32 try_instruction(const struct operation *o, u32 pages, u32 *at, u32 *access)
{
	struct operation part = *o;
	u32 i;

	for (i = 0; i < pages; i++, part.place++) {
		*at = address_of(&part);
		*access = o->value >> (8 + i) & 1 ? ACCESS_WRITE : ACCESS_READ;
		if (!is_mapped(*at, *access))
			break;
	}
	return i;
}

/*
 * One instruction that needs several pages at once: it starts again after each fault. Each page is filled once; once
 * more after a reclaim, which drops all of them; and once more if it shows a frame that others hold, and the
 * instruction writes to the same gfn by another page: the gfn gets a frame of its own then.
 */
#define FAULTS_MAX (3 * INSTRUCTION_PAGES)

void do_instruction(const struct operation *o)
{
	u32 pages = 2 + o->value % (INSTRUCTION_PAGES - 1), at, access;
	struct operation part = *o;

	for (u32 i = 0; i < pages && !model.linear && o->page & 0x80; i++, part.place++)
		map_page(SPACE_CURRENT, address_of(&part), o->page & 0x40 ? o->place : part.place);
	for (u32 faults = 0; try_instruction(o, pages, &at, &access) < pages; faults++) {
		if (faults > FAULTS_MAX)
			fail("an instruction that needs %u pages never gets them all", pages);
		if (fault(at, access) != FILL_DONE)
			return;
	}
}

/* An access of the kernel's by a page's home, where it maps all its memory: to a page table, as
 * often as not. */
void do_home(const struct operation *o)
{
	u32 gfn = o->value >> 8 & 1 ? o->place % GUEST_FRAMES : TABLES_FIRST + o->place % TABLES;
	u32 at = model.kernel_address + gfn * FRAME_SIZE + o->page % 64u * entry_size();
	u32 access = o->value & 1 ? ACCESS_WRITE : ACCESS_READ;
	u64 written = o->value >> 9 & 0x7FF7F;

	if (model.linear || at < model.kernel_address || at >= SWITCHER_START ||
	    !map_home(at, gfn) || touch(at, access) != FILL_DONE || !(o->value & 1))
		return;
	if (o->value & 2)
		guest_store(behind(at), &written, entry_size());
}

/* 16 pages side by side lead to the same frame, or to two, as those that a kernel reserves; it uses some
 * of them. */
void do_aliases(const struct operation *o)
{
	u32 first = address_of(o) & ~0xFFFFu, gfn = o->page % GUEST_FRAMES, i;

	for (i = 0; i < 16 && !model.linear; i++)
		if (first + i * FRAME_SIZE >= SWITCHER_START ||
		    !map_home(first + i * FRAME_SIZE, gfn + (o->value >> i & o->value >> 16 & 1)))
			return;
	for (i = 0; i < 3 && !model.linear; i++)
		if (touch(first + (o->value >> 4 * i & 15) * FRAME_SIZE, ACCESS_READ) != FILL_DONE)
			return;
}

/* -- The hypervisor -------------------------------------------------------------------------- */

/*
 * Predicts the hypervisor's own access to one page: true if it succeeds, with the address in the
 * guest's memory in *gpa. Such an access uses the shadow too. The model's A and D bits are set at
 * once. All pages are predicted before the engine accesses any, so the engine's fill of a page must
 * not drop the mapping of the next one.
 */
static bool predict(u32 at, u32 access, u32 *gpa, const char **sentence)
{
	struct translation t;

	*sentence = NULL;
	if (is_mapped(at, access)) {
		*gpa = behind(at);
		return true;
	}
	if (model_walk(at, access, &t, sentence) != FILL_DONE)
		return false;
	*gpa = table_behind(t.leaf) + at % FRAME_SIZE;
	return true;
}

/*
 * The fill of an earlier page may update the rights of the sPDE, or take all tables when there is
 * no room. True if neither changes the result for this page: a page that is not mapped is filled in
 * any case, and a new fill of a mapped page would lead to the same byte and set no A or D.
 */
static bool is_settled(u32 at, u32 access)
{
	struct mapping found = {0};
	struct translation t;

	if (at < SWITCHER_START)
		found = hardware_walk(current_root(), at);
	if (!found.present)
		return true;
	return model_look(at, access, &t) == FILL_DONE && !t.marked &&
	       machine_frame(table_behind(t.leaf) >> FRAME_SHIFT) == found.frame;
}

/* As the guest does before it lets others use some pages; for half of the operations. */
static void prepare_pages(const struct operation *o, u32 first, u32 last)
{
	if (model.linear || !(o->page & 0x80))
		return;
	for (u32 page = first / FRAME_SIZE; page <= last / FRAME_SIZE; page++)
		map_page(SPACE_CURRENT, page * FRAME_SIZE, o->page + page);
}

/* The first of these pages on which a push would fault although it is allowed; STACK_PAGES if none.
 * */
static u32 first_missing(u32 last, const bool possible[STACK_PAGES])
{
	u32 i;

	for (i = 0; i < STACK_PAGES; i++)
		if (possible[i] && !is_mapped(last - i * FRAME_SIZE, ACCESS_WRITE))
			break;
	return i;
}

/* If the fill of the second page took all tables, the first page is not mapped any more. The push
 * then faults and starts again, and must succeed. */
static void check_pinned(u32 last, const bool possible[STACK_PAGES], bool reclaimed)
{
	u32 missing, faults;

	for (faults = 0; (missing = first_missing(last, possible)) < STACK_PAGES; faults++) {
		if (!reclaimed || faults == STACK_PAGES)
			fail("stack page %u below %#x is not pinned", missing, last + 1);
		if (fault(last - missing * FRAME_SIZE, ACCESS_WRITE) != FILL_DONE)
			fail("stack page %u below %#x is lost", missing, last + 1);
	}
}

void do_pin(const struct operation *o)
{
	u32 last = (address_of(o) & ~FRAME_OFFSET_MASK) + o->value % FRAME_SIZE - 1;
	u32 reclaims = guest.space.shadow.counts.reclaims, pages, gpa;
	const char *sentence = NULL, *first = NULL;
	bool possible[STACK_PAGES] = {false, false};

	prepare_pages(o, last - FRAME_SIZE, last);
	for (pages = 0; pages < 1 + (o->value >> 16 & 1); pages++) {
		u32 at = last - pages * FRAME_SIZE;

		/* A guest that the first page kills gets no second one. */
		if (first || (pages && !is_settled(at, ACCESS_WRITE)))
			break;
		possible[pages] = predict(at, ACCESS_WRITE, &gpa, &sentence);
		first = first ? first : sentence;
	}
	shadow_pin(&guest.space, to_gva(last + 1), pages);
	expect_killed(first);
	if (!first)
		check_pinned(last, possible, guest.space.shadow.counts.reclaims != reclaims);
}

static u32 part_of_page(u32 at, u32 size)
{
	u32 room = FRAME_SIZE - at % FRAME_SIZE;

	return size < room ? size : room;
}

/* The next part of a copy; 0 if its effect cannot be predicted, or if the copy is done. */
static u32 next_part(u32 at, u32 done, u32 size, u32 access)
{
	if (done == size || (done && !is_settled(at + done, access)))
		return 0;
	/* A kernel's pages are filled together: this one before the copy has written to its
	 * tables. */
	if (done && access == ACCESS_WRITE && is_shared(at + done - 1))
		return 0;
	return part_of_page(at + done, size - done);
}

void do_read(const struct operation *o)
{
	static u8 expected[BUFFER_SIZE], found[BUFFER_SIZE];
	u32 at = address_of(o) + (o->value >> 16) % FRAME_SIZE, size = o->value % BUFFER_SIZE;
	u32 done = 0, part, gpa;
	const char *sentence = NULL;

	prepare_pages(o, at, at + size);
	while ((part = next_part(at, done, size, ACCESS_READ))) {
		if (!predict(at + done, ACCESS_READ, &gpa, &sentence))
			break;
		model_read(gpa, expected + done, part);
		done += part;
	}
	size = part ? size : done;
	if (guest_virtual_read(&guest.space, to_gva(at), found, size) != (done == size))
		fail("reading %u bytes at %#x should do %u", size, at, done);
	expect_killed(sentence);
	for (u32 i = 0; i < done; i++)
		if (found[i] != expected[i])
			fail("byte %u at %#x is %#x, but should be %#x", i, at, found[i],
			     expected[i]);
}

void do_write(const struct operation *o)
{
	static u8 bytes[BUFFER_SIZE];
	u32 at = address_of(o) + (o->value >> 16) % FRAME_SIZE, size = o->value % BUFFER_SIZE;
	u32 done = 0, part, gpa;
	const char *sentence = NULL;

	prepare_pages(o, at, at + size);
	for (u32 i = 0; i < size; i++)
		bytes[i] = o->value >> 24 & ~(PTE_PRESENT | PDE_LARGE); /* it may be a table */
	while ((part = next_part(at, done, size, ACCESS_WRITE))) {
		if (!predict(at + done, ACCESS_WRITE, &gpa, &sentence))
			break;
		model_store(gpa, bytes + done, part);
		done += part;
	}
	size = part ? size : done;
	if (guest_virtual_write(&guest.space, to_gva(at), bytes, size) != (done == size))
		fail("writing %u bytes at %#x should do %u", size, at, done);
	expect_killed(sentence);
	if (done)
		compare_frame(gpa >> FRAME_SHIFT);
}

/* Writes any value anywhere in the guest's memory, also into page tables. */
void do_store(const struct operation *o)
{
	u32 gfn = (o->space | o->place << 8) % GUEST_FRAMES;
	u32 entries = FRAME_SIZE / entry_size();

	guest_store_entry(gfn * FRAME_SIZE + o->page * 37u % entries * entry_size(), entry_of(o));
}

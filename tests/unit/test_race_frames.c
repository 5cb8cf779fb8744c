// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame allocator, used by several CPUs at once: each opens and closes accounts of its own, and
 * allocates and frees frames and runs. No frame has two owners at a time, and at the end all are free.
 */
#include "tests/unit/race_cpus.h"

#include "mm/frame_map.h"
#include "mm/frame_table.h"

#define CPUS 2u
#define FRAMES 4096u /* the machine: 16 MB */
#define FIRST 0x100u
#define RAM (FRAMES - FIRST)
#define ACCOUNTS 3u /* of each CPU */
#define RUNS_MAX 32u
#define LIMIT_MAX 256u
#define ORDERS 4u

struct run {
	u32 first, order, stamp;
};

/* An account, and the runs that it has. */
struct holder {
	struct frame_account account;
	bool is_open;
	struct run runs[RUNS_MAX];
	u32 count;
};

static PER_CPU struct holder holders[ACCOUNTS];
static PER_CPU u32 last_stamp;

static u32 *contents(u32 frame)
{
	return frame_map(to_pfn(frame));
}

/* All that the owner of a frame may write, without a lock. */
static void mark(const struct run *run)
{
	for (u32 i = 0; i < 1u << run->order; i++) {
		frame_set_use(to_pfn(run->first + i), FRAME_MEMORY);
		frame_set_word(to_pfn(run->first + i), run->stamp + i);
		frame_set_beside(to_pfn(run->first + i), to_pfn(run->first));
		*contents(run->first + i) = run->stamp + i;
	}
}

static void check_marks(const struct holder *h, const struct run *run)
{
	for (u32 i = 0; i < 1u << run->order; i++) {
		pfn_t frame = to_pfn(run->first + i);

		frame_assert(frame, &h->account, FRAME_MEMORY);
		CHECK(frame_word(frame) == run->stamp + i);
		CHECK(pfn_value(frame_beside(frame)) == run->first);
		CHECK(*contents(run->first + i) == run->stamp + i);
	}
}

static bool allocate(struct frame_account *account, u32 order, pfn_t *first)
{
	if (order)
		return frame_alloc_run(account, order, first);
	if (race_random(8))
		return frame_alloc(account, first);
	if (!frame_alloc_zeroed(account, first))
		return false;
	CHECK(!*contents(pfn_value(*first)));
	return true;
}

static void take(struct holder *h)
{
	struct run *run = &h->runs[h->count];
	pfn_t first;

	if (h->count == RUNS_MAX)
		return;
	run->order = race_random(2) ? 0 : race_random(ORDERS);
	if (!allocate(&h->account, run->order, &first))
		return;
	run->first = pfn_value(first);
	run->stamp = last_stamp += 1u << ORDERS;
	mark(run);
	h->count++;
}

static void give_back(struct holder *h)
{
	struct run *run = &h->runs[race_random(h->count)];

	check_marks(h, run);
	if (run->order)
		frame_free_run(&h->account, run->order, to_pfn(run->first));
	else
		frame_free(&h->account, to_pfn(run->first));
	*run = h->runs[--h->count];
}

/* Few accounts stay open for long. */
static void open_or_close(struct holder *h, owner_t owner)
{
	if (!h->is_open)
		h->is_open = frames_open(&h->account, owner, race_random(LIMIT_MAX) + 1);
	else if (!h->count && race_random(4) == 0) {
		frames_close(&h->account);
		h->is_open = false;
	}
}

static void step(u32 which)
{
	struct holder *h = &holders[which];

	open_or_close(h, OWNER_FIRST_GUEST + this_cpu.number * ACCOUNTS + which);
	if (h->is_open && race_random(2))
		take(h);
	else if (h->count)
		give_back(h);
}

static void use_frames(void)
{
	while (race_step())
		step(race_random(ACCOUNTS));
	for (u32 i = 0; i < ACCOUNTS; i++) {
		while (holders[i].count)
			give_back(&holders[i]);
		if (holders[i].is_open)
			frames_close(&holders[i].account);
	}
}

int main(void)
{
	race_memory(FIRST, FRAMES);
	race_run(CPUS, use_frames);
	frames_check(NULL);
	CHECK(frames_free_count() == RAM && frames_uncommitted() == RAM);
	CHECK(frames_longest_free_run() == 1u << FRAME_MAX_ORDER);
	return race_passed("frames and runs have one owner each, and all are free at the end");
}

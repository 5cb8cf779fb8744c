// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame allocator, used by several CPUs at once: each opens and closes accounts of its own, and
 * allocates and frees frames and runs. No frame has two owners at a time, and at the end all are free.
 * Each also shares frames, gives them to the other CPU, reads, drops, copies and takes over what it holds:
 * one that is shared never changes.
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

/* -- Shared frames ----------------------------------------------------------------------------- */

#define HELD_MAX 32u
#define WORDS (FRAME_SIZE / sizeof(u32))

/* The guest of a CPU: its account, and the shared frames that it holds, with the stamp in each. */
static PER_CPU struct frame_account guest;
static PER_CPU struct {
	u32 frame, stamp;
} held[HELD_MAX];
static PER_CPU u32 held_count;

/* To each CPU from the other one: a frame that is held for it; 0: none. It is passed on as by the
 * machine's lock. */
static u32 mailbox[CPUS];

static void write_stamp(u32 frame, u32 stamp)
{
	contents(frame)[0] = contents(frame)[WORDS - 1] = stamp;
}

static void add_held(u32 frame)
{
	held[held_count].frame = frame;
	held[held_count++].stamp = *contents(frame);
}

static u32 remove_held(u32 i)
{
	u32 frame = held[i].frame;

	held[i] = held[--held_count];
	return frame;
}

/* An own frame becomes shared, with new contents. */
static void share(u32 frame)
{
	struct frame_account funds;

	write_stamp(frame, last_stamp += 1u << ORDERS);
	if (!frames_open(&funds, OWNER_SHARED, 1)) {
		frame_free(&guest, to_pfn(frame));
		return;
	}
	frame_share(&guest, &funds, to_pfn(frame));
	frames_close(&funds);
	add_held(frame);
}

static void share_new(void)
{
	pfn_t frame;

	if (!frame_alloc(&guest, &frame))
		return;
	frame_set_use(frame, FRAME_MEMORY);
	share(pfn_value(frame));
}

static void send(u32 i)
{
	u32 *to = &mailbox[(this_cpu.number + 1) % CPUS];

	if (__atomic_load_n(to, __ATOMIC_ACQUIRE)) /* only the other CPU empties it */
		return;
	frame_hold(to_pfn(held[i].frame));
	__atomic_store_n(to, held[i].frame, __ATOMIC_RELEASE);
}

static void receive(void)
{
	u32 frame = __atomic_exchange_n(&mailbox[this_cpu.number], 0, __ATOMIC_ACQ_REL);

	if (frame)
		add_held(frame);
}

static void check_held(u32 i)
{
	pfn_t frame = to_pfn(held[i].frame);

	frame_assert_shared(frame, &guest);
	CHECK(contents(held[i].frame)[0] == held[i].stamp);
	CHECK(contents(held[i].frame)[WORDS - 1] == held[i].stamp);
}

/* The guest writes to it. The frame is its own afterwards: shared again, or freed. */
static void write_held(u32 i)
{
	u32 frame = remove_held(i);
	pfn_t copy = to_pfn(frame);

	if (!frame_take_over(&guest, to_pfn(frame))) {
		if (!frame_alloc(&guest, &copy)) {
			frame_drop(to_pfn(frame));
			return;
		}
		write_stamp(pfn_value(copy), *contents(frame));
		frame_set_use(copy, FRAME_MEMORY);
		frame_drop(to_pfn(frame));
	}
	frame_assert(copy, &guest, FRAME_MEMORY);
	if (race_random(2))
		share(pfn_value(copy));
	else
		frame_free(&guest, copy);
}

static void share_step(void)
{
	u32 i = race_random(HELD_MAX);

	if (held_count < HELD_MAX)
		receive();
	if (i >= held_count) {
		share_new();
		return;
	}
	check_held(i);
	switch (race_random(4)) {
	case 0:
		frame_drop(to_pfn(remove_held(i)));
		break;
	case 1:
		write_held(i);
		break;
	default:
		send(i);
	}
}

static void use_frames(void)
{
	CHECK(frames_open(&guest, OWNER_FIRST_GUEST + CPUS * ACCOUNTS + this_cpu.number,
			  HELD_MAX / 2));
	while (race_step()) {
		step(race_random(ACCOUNTS));
		share_step();
	}
	while (held_count)
		frame_drop(to_pfn(remove_held(0)));
	frames_close(&guest);
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
	for (u32 i = 0; i < CPUS; i++)
		if (mailbox[i])
			frame_drop(to_pfn(mailbox[i]));
	frames_check(NULL);
	CHECK(frames_shared_count() == 0);
	CHECK(frames_free_count() == RAM && frames_uncommitted() == RAM);
	CHECK(frames_longest_free_run() == 1u << FRAME_MAX_ORDER);
	return race_passed(
	    "frames and runs have one owner each, shared ones never change, and all are free at the end");
}

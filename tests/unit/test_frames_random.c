// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame allocator: thousands of random steps, compared with a plain list of each frame's owner.
 * */
#include "tests/unit/native.h"

#define FRAMES 4096u /* the machine: 16 MB */
#define FIRST 0x100u /* RAM starts at 1 MB */
#define RAM (FRAMES - FIRST)
#define RUNS_MAX 300
#define STEPS 20000

struct run {
	struct frame_account *account;
	u32 first, order;
};

static struct run runs[RUNS_MAX];
static struct frame_account a, b;
static u32 run_count;
static owner_t expected[FRAMES];

static void expect_owner(const struct run *run, owner_t before, owner_t after)
{
	u32 i;

	for (i = run->first; i < run->first + (1u << run->order); i++) {
		assert_int_equal(expected[i], before);
		expected[i] = after;
	}
}

/* Half of the runs are single frames, by the functions for single frames. */
static void random_alloc(void)
{
	struct run *run = &runs[run_count];
	u32 used;
	pfn_t first;
	bool given;

	run->account = random_below(2) ? &a : &b;
	run->order = random_below(2) ? 0 : random_below(FRAME_MAX_ORDER + 1);
	used = run->account->used;
	given = run->order ? frame_alloc_run(run->account, run->order, &first)
			   : frame_alloc(run->account, &first);
	if (!given) {
		assert_int_equal(run->account->used, used);
		assert_true(used + (1u << run->order) > run->account->limit ||
			    frames_longest_free_run() < 1u << run->order);
		return;
	}
	run->first = pfn_value(first);
	expect_owner(run, OWNER_FREE, run->account->owner);
	run_count++;
}

static void random_free(void)
{
	u32 which = random_below(run_count);
	struct run *run = &runs[which];

	if (run->order)
		frame_free_run(run->account, run->order, to_pfn(run->first));
	else
		frame_free(run->account, to_pfn(run->first));
	expect_owner(run, run->account->owner, OWNER_FREE);
	*run = runs[--run_count];
}

static void assert_owners_as_expected(void)
{
	u32 i, free = 0;

	for (i = FIRST; i < FRAMES; i++) {
		assert_int_equal(frame_owner(to_pfn(i)), expected[i]);
		free += expected[i] == OWNER_FREE;
	}
	assert_int_equal(frames_free_count(), free);
	assert_int_equal(a.used + b.used, RAM - free);
}

static void random_operations_keep_the_invariants(void **state)
{
	u32 step;

	(void)state;
	machine_start(FRAMES);
	frames_add(to_pfn(FIRST), RAM);
	assert_true(frames_open(&a, OWNER_FIRST_GUEST, RAM / 2));
	assert_true(frames_open(&b, OWNER_FIRST_GUEST + 1, RAM / 2));
	for (step = 0; step < STEPS; step++) {
		if (!run_count || (run_count < RUNS_MAX && random_below(100) < 55))
			random_alloc();
		else
			random_free();
		if (step % 512 == 0) {
			frames_check(NULL);
			assert_owners_as_expected();
		}
	}
	while (run_count)
		random_free();
	frames_close(&a);
	frames_close(&b);
	frames_check(NULL);
	assert_int_equal(frames_uncommitted(), RAM);
	assert_int_equal(frames_longest_free_run(), 1u << FRAME_MAX_ORDER);
	machine_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_operations_keep_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

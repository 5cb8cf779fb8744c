// SPDX-License-Identifier: GPL-2.0-or-later
/* Memories of clones: no clone sees the writes of another, and no frame is lost in any order of their ends. */
#include "tests/unit/memory_fixture.h"

#define CLONES 3u

static struct frame_account clone_accounts[CLONES];
static struct guest_memory clones[CLONES];

/* Clone i of `from`, whose gfns [kept, kept + kept_count) are copied. Returns the number of parts. */
static u32 make_clone(u32 i, struct guest_memory *from, u32 kept, u32 kept_count)
{
	struct frame_account funds;
	u32 parts = 1;

	assert_true(frames_open(&clone_accounts[i], OWNER_FIRST_GUEST + 1 + i,
				guest_memory_cost(GUEST_FRAMES)));
	assert_true(guest_memory_open(&clones[i], &clone_accounts[i], GUEST_FRAMES));
	clones[i].replaced = note_replaced;
	assert_true(frames_open(&funds, OWNER_SHARED, from->owned));
	while (!guest_memory_share_some(from, &clones[i], &funds, to_gfn(kept), kept_count))
		parts++;
	frames_close(&funds);
	frames_check(NULL);
	return parts;
}

static void end_clone(u32 i)
{
	guest_memory_close(&clones[i]);
	frames_close(&clone_accounts[i]);
	frames_check(NULL);
}

static u8 byte_at(struct guest_memory *m, u32 gfn)
{
	u8 byte;

	assert_true(guest_read_u8(m, to_gpa(gfn * FRAME_SIZE), &byte));
	return byte;
}

static void write_byte(struct guest_memory *m, u32 gfn, u8 byte)
{
	assert_true(guest_write_u8(m, to_gpa(gfn * FRAME_SIZE), byte));
	frame_assert(frame_for(m, gfn, TO_READ), m->account, FRAME_MEMORY);
}

static void neither_sees_what_the_other_writes(void **state)
{
	(void)state;
	replacements = 0;
	write_byte(&memory, 1, 0x11);
	write_byte(&memory, 2, 0x22);
	frame_for(&memory, 3, TO_READ);
	make_clone(0, &memory, 0, 0);
	assert_int_equal(memory.owned, 0);
	assert_int_equal(clones[0].owned, 0);
	assert_int_equal(clones[0].touched, 3);
	assert_int_equal(frames_shared_count(), 2);
	assert_int_equal(pfn_value(frame_for(&memory, 1, TO_READ)),
			 pfn_value(frame_for(&clones[0], 1, TO_READ)));
	write_byte(&clones[0], 1, 0x99);
	write_byte(&memory, 2, 0x88);
	write_byte(&clones[0], 3, 0x77);
	assert_int_equal(replacements, 2); /* of the clone's */
	assert_int_equal(byte_at(&memory, 1), 0x11);
	assert_int_equal(byte_at(&memory, 3), 0);
	assert_int_equal(byte_at(&clones[0], 1), 0x99);
	assert_int_equal(byte_at(&clones[0], 2), 0x22);
	end_clone(0);
}

static void last_holder_takes_over_in_place(void **state)
{
	u32 frame;

	(void)state;
	replacements = 0;
	write_byte(&memory, 1, 0x11);
	frame = pfn_value(frame_for(&memory, 1, TO_READ));
	make_clone(0, &memory, 0, 0);
	write_byte(&memory, 1, 0x12);
	assert_int_not_equal(pfn_value(frame_for(&memory, 1, TO_READ)), frame);
	write_byte(&clones[0], 1, 0x13);
	assert_int_equal(pfn_value(frame_for(&clones[0], 1, TO_READ)), frame);
	assert_int_equal(replacements, 0);
	assert_int_equal(clones[0].owned, 1);
	assert_int_equal(clone_accounts[0].used, clones[0].table_frames + 1);
	assert_int_equal(frames_shared_count(), 0);
	assert_int_equal(byte_at(&memory, 1), 0x12);
	end_clone(0);
}

/* A clone of a clone holds the frames of both; they end in any order. */
static void clones_of_clones_end_in_any_order(void **state)
{
	static const u8 orders[][CLONES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	u32 order, i;

	(void)state;
	write_byte(&memory, 600, 0);
	for (order = 0; order < ARRAY_SIZE(orders); order++) {
		write_byte(&memory, 5, 0x50 + order);
		make_clone(0, &memory, 0, 0);
		write_byte(&clones[0], 6, 0x61);
		make_clone(1, &clones[0], 0, 0);
		make_clone(2, &clones[1], 0, 0);
		assert_int_equal(frame_holders(frame_for(&clones[2], 5, TO_READ)), 4);
		assert_int_equal(frame_holders(frame_for(&clones[2], 6, TO_READ)), 3);
		for (i = 0; i < CLONES; i++) {
			u32 which = orders[order][i];

			assert_int_equal(byte_at(&clones[which], 5), 0x50 + order);
			assert_int_equal(byte_at(&clones[which], 6), 0x61);
			write_byte(&clones[which], 6, 0x62 + which);
			end_clone(which);
		}
		assert_int_equal(byte_at(&memory, 5), 0x50 + order);
		assert_int_equal(byte_at(&memory, 6), 0);
		assert_int_equal(frame_holders(frame_for(&memory, 5, TO_READ)), 1);
	}
}

static void clones_outlive_the_memory(void **state)
{
	(void)state;
	write_byte(&memory, 5, 0x55);
	make_clone(0, &memory, 0, 0);
	make_clone(1, &memory, 0, 0);
	guest_memory_close(&memory);
	assert_int_equal(byte_at(&clones[0], 5), 0x55);
	write_byte(&clones[0], 5, 1);
	end_clone(0);
	assert_int_equal(byte_at(&clones[1], 5), 0x55);
	end_clone(1);
	assert_int_equal(frames_shared_count(), 0);
	assert_true(guest_memory_open(&memory, &account, GUEST_FRAMES));
}

static void kept_frames_are_copied(void **state)
{
	u32 kept, gfn;

	(void)state;
	for (gfn = 0; gfn < 8; gfn++)
		write_byte(&memory, gfn, gfn + 1);
	frame_for(&memory, 8, TO_READ);
	kept = pfn_value(frame_for(&memory, 3, TO_READ));
	make_clone(0, &memory, 3, 2);
	assert_int_equal(pfn_value(frame_for(&memory, 3, TO_WRITE)), kept);
	assert_int_equal(memory.owned, 2);
	assert_int_equal(clones[0].owned, 2);
	assert_int_equal(frames_shared_count(), 6);
	for (gfn = 0; gfn < 8; gfn++)
		assert_int_equal(byte_at(&clones[0], gfn), gfn + 1);
	for (gfn = 3; gfn < 5; gfn++)
		frame_assert(frame_for(&clones[0], gfn, TO_READ), &clone_accounts[0], FRAME_MEMORY);
	make_clone(1, &clones[0], 8, 1); /* that of zeroes is kept */
	frame_assert(frame_for(&clones[1], 8, TO_READ), &clone_accounts[1], FRAME_MEMORY);
	make_clone(2, &clones[0], 0, 1); /* a shared one is kept */
	frame_assert(frame_for(&clones[2], 0, TO_READ), &clone_accounts[2], FRAME_MEMORY);
	assert_int_equal(byte_at(&clones[2], 0), 1);
	end_clone(0);
	end_clone(1);
	end_clone(2);
}

/* A part has 128 frames, or ends with a leaf; leaves that are absent take no part. */
static void shares_in_parts(void **state)
{
	u32 gfn;

	(void)state;
	assert_int_equal(make_clone(0, &memory, 0, 0), 1); /* all leaves are absent */
	assert_int_equal(clones[0].table_frames, 1);
	for (gfn = 0; gfn < GUEST_FRAMES; gfn++)
		write_byte(&memory, gfn, gfn * 7);
	assert_int_equal(make_clone(1, &memory, 0, 0), 4 + 4 + 1);
	assert_int_equal(clones[1].touched, GUEST_FRAMES);
	assert_int_equal(frames_shared_count(), GUEST_FRAMES);
	for (gfn = 0; gfn < GUEST_FRAMES; gfn++)
		assert_int_equal(byte_at(&clones[1], gfn), gfn * 7 & 0xFF);
	for (gfn = 0; gfn < GUEST_FRAMES; gfn++) {
		write_byte(&clones[1], gfn, 1);
		write_byte(&memory, gfn, 2);
	}
	assert_int_equal(clones[1].owned, GUEST_FRAMES);
	assert_int_equal(memory.owned, GUEST_FRAMES);
	assert_int_equal(clone_accounts[1].used, clone_accounts[1].limit);
	assert_int_equal(account.used, account.limit);
	end_clone(0);
	end_clone(1);
}

/* It may own so many frames: reading goes on, writing to others does not. */
static void limit_of_own_frames(void **state)
{
	u32 gfn, most = 40;

	(void)state;
	for (gfn = 0; gfn < 60; gfn++)
		write_byte(&memory, gfn, 1);
	make_clone(0, &memory, 0, 0);
	assert_false(clones[0].spent);
	guest_memory_limit(&clones[0], most);
	for (gfn = 0; gfn < most; gfn++) {
		assert_int_equal(clones[0].spent, gfn > most - GUEST_MEMORY_RESERVE);
		write_byte(&clones[0], gfn, 2);
	}
	assert_int_equal(clones[0].owned, most);
	assert_false(guest_write_u8(&clones[0], to_gpa(50 * FRAME_SIZE), 2));
	assert_int_equal(byte_at(&clones[0], 50), 1);
	assert_int_equal(clones[0].owned, most);
	guest_memory_limit(&clones[0], most - 1); /* fewer than it owns already */
	assert_false(guest_write_u8(&clones[0], to_gpa(50 * FRAME_SIZE), 2));
	write_byte(&memory, 50, 3);
	write_byte(&clones[0], 50, 2); /* in place: nothing has to be paid */
	assert_int_equal(clones[0].owned, most + 1);
	assert_int_equal(clones[0].owned_max, most + 1);
	guest_memory_limit(&clones[0], GUEST_FRAMES);
	assert_false(clones[0].spent);
	write_byte(&clones[0], 51, 2);
	end_clone(0);
}

static u8 buffer[2 * FRAME_SIZE];
static u8 plain[1 + CLONES][8 * FRAME_SIZE];

/* Random writes and reads of a memory and its clones, beside a plain copy of each. */
static void memories_are_like_plain_copies(void **state)
{
	struct guest_memory *all[1 + CLONES] = {&memory, &clones[0], &clones[1], &clones[2]};
	bool lives[1 + CLONES] = {true};
	u32 step, which, from, at, size;

	(void)state;
	memset(plain, 0, sizeof(plain));
	for (step = 0; step < 4000; step++) {
		which = random_below(1 + CLONES);
		from = random_below(1 + CLONES);
		if (which && which != from && lives[from] && random_below(20) == 0) {
			if (lives[which])
				end_clone(which - 1);
			make_clone(which - 1, all[from], random_below(8), random_below(3));
			memcpy(plain[which], plain[from], sizeof(plain[0]));
			lives[which] = true;
		}
		if (!lives[which])
			continue;
		size = random_below(2 * FRAME_SIZE);
		at = random_below(sizeof(plain[0]) - size + 1);
		memset(buffer, (int)step, size);
		assert_true(guest_write(all[which], to_gpa(at), buffer, size));
		memcpy(plain[which] + at, buffer, size);
		for (which = 0; which <= CLONES; which++)
			if (lives[which]) {
				assert_true(guest_read(all[which], to_gpa(at), buffer, size));
				assert_memory_equal(buffer, plain[which] + at, size);
			}
	}
	for (which = 1; which <= CLONES; which++)
		if (lives[which])
			end_clone(which - 1);
	assert_true(all_bytes_are(frame_bytes(frame_of_zeroes()), 0, FRAME_SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    memory_test(neither_sees_what_the_other_writes),
	    memory_test(last_holder_takes_over_in_place),
	    memory_test(clones_of_clones_end_in_any_order),
	    memory_test(clones_outlive_the_memory),
	    memory_test(kept_frames_are_copied),
	    memory_test(shares_in_parts),
	    memory_test(limit_of_own_frames),
	    memory_test(memories_are_like_plain_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest's memory: frames on first touch, checked access at both ends of memory, and the account.
 * */
#include "tests/unit/native.h"

#include <string.h>

#include "mm/guest_memory.h"

#define MACHINE_FRAMES 8192u
#define FIRST 0x100u
#define RAM (MACHINE_FRAMES - FIRST)
#define GUEST_FRAMES 1030u /* three leaves */
#define SIZE (GUEST_FRAMES * FRAME_SIZE)
#define ALL_GFNS (1u << 20) /* 4 GB */

static struct frame_account account;
static struct guest_memory memory;
static u8 buffer[4 * FRAME_SIZE];

static void open_memory(u32 frames, u32 limit)
{
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, RAM);
	assert_true(frames_open(&account, OWNER_FIRST_GUEST, limit));
	assert_true(guest_memory_open(&memory, &account, frames));
}

static int start(void **state)
{
	(void)state;
	open_memory(GUEST_FRAMES, guest_memory_cost(GUEST_FRAMES));
	return 0;
}

/* Every test ends with all frames back. */
static int stop(void **state)
{
	(void)state;
	guest_memory_close(&memory);
	frames_close(&account);
	frames_check(NULL);
	assert_int_equal(frames_free_count(), RAM);
	machine_stop();
	return 0;
}

static void cost_is_frames_and_table(void **state)
{
	pfn_t frame;
	u32 i;

	(void)state;
	assert_int_equal(guest_memory_cost(1), 3);
	assert_int_equal(guest_memory_cost(1024), 1024 + 3);
	assert_int_equal(guest_memory_cost(1025), 1025 + 4);
	assert_int_equal(guest_memory_cost(ALL_GFNS), ALL_GFNS + 2048 + 2);
	assert_int_equal(account.used, 1);
	for (i = 0; i < GUEST_FRAMES; i++)
		assert_true(guest_memory_frame(&memory, to_gfn(i), TO_WRITE, &frame));
	assert_int_equal(account.used, account.limit);
	assert_int_equal(memory.touched, GUEST_FRAMES);
	assert_int_equal(memory.table_frames, 4);
}

static void open_refuses_unpaid_memory(void **state)
{
	struct frame_account poor;
	struct guest_memory other;

	(void)state;
	assert_true(frames_open(&poor, OWNER_FIRST_GUEST + 1, 0));
	assert_false(guest_memory_open(&other, &poor, 1));
	assert_panics(guest_memory_open(&other, &poor, 0), "does not hold");
	assert_panics(guest_memory_open(&other, &poor, ALL_GFNS + 1), "does not hold");
	frames_close(&poor);
}

static void first_touch_gives_zeroed_frame(void **state)
{
	pfn_t frame, again;

	(void)state;
	assert_true(guest_memory_frame(&memory, to_gfn(7), TO_WRITE, &frame));
	assert_int_equal(frame_owner(frame), OWNER_FIRST_GUEST);
	assert_true(all_bytes_are(frame_bytes(frame), 0, FRAME_SIZE));
	assert_int_equal(memory.touched, 1);
	assert_true(guest_memory_frame(&memory, to_gfn(7), TO_WRITE, &again));
	assert_int_equal(pfn_value(again), pfn_value(frame));
	assert_true(guest_memory_touch(&memory, to_gfn(7), TO_WRITE, &again));
	assert_int_equal(pfn_value(again), pfn_value(frame));
	assert_int_equal(memory.touched, 1);
	assert_true(guest_memory_frame(&memory, to_gfn(8), TO_WRITE, &again));
	assert_int_not_equal(pfn_value(again), pfn_value(frame));
}

static void access_at_the_end_is_refused(void **state)
{
	pfn_t frame;

	(void)state;
	assert_true(guest_memory_frame(&memory, to_gfn(GUEST_FRAMES - 1), TO_WRITE, &frame));
	assert_false(guest_memory_frame(&memory, to_gfn(GUEST_FRAMES), TO_WRITE, &frame));
	assert_false(guest_memory_touch(&memory, to_gfn(GUEST_FRAMES), TO_WRITE, &frame));
	assert_false(guest_memory_frame(&memory, to_gfn(~0u), TO_WRITE, &frame));
	assert_int_equal(memory.touched, 1);
}

static void range_check_rejects_overflow(void **state)
{
	(void)state;
	assert_true(guest_range_is_memory(&memory, to_gpa(0), SIZE));
	assert_true(guest_range_is_memory(&memory, to_gpa(0), 0));
	assert_true(guest_range_is_memory(&memory, to_gpa(SIZE), 0));
	assert_true(guest_range_is_memory(&memory, to_gpa(SIZE - 1), 1));
	assert_false(guest_range_is_memory(&memory, to_gpa(0), SIZE + 1));
	assert_false(guest_range_is_memory(&memory, to_gpa(SIZE - 1), 2));
	assert_false(guest_range_is_memory(&memory, to_gpa(SIZE + 1), 0));
	assert_false(guest_range_is_memory(&memory, to_gpa(~0u), 2));
	assert_false(guest_range_is_memory(&memory, to_gpa(1), ~0u));
	assert_false(guest_range_is_memory(&memory, to_gpa(FRAME_SIZE), 0u - FRAME_SIZE));
}

static void memory_may_be_4_gb(void **state)
{
	u32 value = 0;
	pfn_t frame;
	u8 byte;

	(void)state;
	stop(state);
	open_memory(ALL_GFNS, 10);
	/* The first leaf follows the directory: it must not be taken for its entry 1024. */
	assert_true(guest_write_u32(&memory, to_gpa(0), 1));
	assert_false(guest_memory_frame(&memory, to_gfn(ALL_GFNS), TO_WRITE, &frame));
	assert_true(guest_range_is_memory(&memory, to_gpa(~0u), 1));
	assert_true(guest_range_is_memory(&memory, to_gpa(1), ~0u));
	assert_false(guest_range_is_memory(&memory, to_gpa(~0u), 2));
	assert_true(guest_write_u8(&memory, to_gpa(~0u), 0x5A));
	assert_true(guest_read_u8(&memory, to_gpa(~0u), &byte));
	assert_int_equal(byte, 0x5A);
	assert_true(guest_read_u32(&memory, to_gpa(~3u), &value));
	assert_int_equal(value, 0x5A000000);
	assert_false(guest_read_u32(&memory, to_gpa(~2u), &value));
	assert_true(guest_read(&memory, to_gpa(0u - FRAME_SIZE), buffer, FRAME_SIZE));
	assert_true(guest_read_string(&memory, to_gpa(~0u), (char *)buffer, 9));
	assert_string_equal((char *)buffer, "Z");
}

/* Random writes, zeroings and reads of up to three frames, beside a plain copy of the memory. */
static void copies_like_plain_memory(void **state)
{
	static u8 copy[8 * FRAME_SIZE];
	u32 step, at, size, i;

	(void)state;
	memset(copy, 0, sizeof(copy));
	for (step = 0; step < 2000; step++) {
		size = random_below(3 * FRAME_SIZE);
		at = random_below(sizeof(copy) - size + 1);
		for (i = 0; i < size; i++)
			buffer[i] = (u8)(step + i);
		if (random_below(4)) {
			assert_true(guest_write(&memory, to_gpa(at), buffer, size));
			memcpy(copy + at, buffer, size);
		} else {
			assert_true(guest_zero(&memory, to_gpa(at), size));
			memset(copy + at, 0, size);
		}
		size = random_below(3 * FRAME_SIZE);
		at = random_below(sizeof(copy) - size + 1);
		assert_true(guest_read(&memory, to_gpa(at), buffer, size));
		assert_memory_equal(buffer, copy + at, size);
	}
	assert_int_equal(memory.touched, 8);
}

static void copy_is_all_or_nothing(void **state)
{
	const u32 at = SIZE - 3 * FRAME_SIZE;

	(void)state;
	memset(buffer, 0x11, sizeof(buffer));
	assert_false(guest_write(&memory, to_gpa(at), buffer, 3 * FRAME_SIZE + 1));
	assert_false(guest_zero(&memory, to_gpa(at), 3 * FRAME_SIZE + 1));
	assert_false(guest_read(&memory, to_gpa(at), buffer, 3 * FRAME_SIZE + 1));
	assert_false(guest_write(&memory, to_gpa(SIZE), buffer, 1));
	assert_false(guest_write(&memory, to_gpa(~0u), buffer, 2));
	assert_int_equal(memory.touched, 0);
	assert_true(all_bytes_are(buffer, 0x11, sizeof(buffer)));
	assert_true(guest_write(&memory, to_gpa(at), buffer, 3 * FRAME_SIZE));
	assert_true(guest_write(&memory, to_gpa(SIZE), buffer, 0));
	assert_int_equal(memory.touched, 3);
}

/* Four frames are enough for directory, leaf and two frames: the third frame of a range that is written
 * to is missing, and the second leaf of one that is read. */
static void copies_nothing_when_the_account_is_spent(void **state)
{
	u8 byte;

	(void)state;
	stop(state);
	open_memory(GUEST_FRAMES, 4);
	assert_true(guest_write_u8(&memory, to_gpa(0), 0x22));
	memset(buffer, 0x11, sizeof(buffer));
	assert_false(guest_write(&memory, to_gpa(0), buffer, 3 * FRAME_SIZE));
	assert_false(guest_zero(&memory, to_gpa(0), 3 * FRAME_SIZE));
	assert_false(
	    guest_read(&memory, to_gpa((GFNS_PER_LEAF - 1) * FRAME_SIZE), buffer, 2 * FRAME_SIZE));
	assert_int_equal(buffer[0], 0x11);
	assert_true(guest_read_u8(&memory, to_gpa(0), &byte));
	assert_int_equal(byte, 0x22);
	assert_false(guest_write_u8(&memory, to_gpa(1024 * FRAME_SIZE), 1));
	assert_int_equal(account.used, 4);
}

static void single_values_at_any_alignment(void **state)
{
	u32 at, value;
	u8 byte;

	(void)state;
	for (at = FRAME_SIZE - 8; at <= FRAME_SIZE + 4; at++) {
		value = 0x01020304 * (at - FRAME_SIZE + 9);
		assert_true(guest_write_u32(&memory, to_gpa(at), value));
		assert_true(guest_read(&memory, to_gpa(at), buffer, sizeof(value)));
		assert_memory_equal(buffer, &value, sizeof(value));
		assert_true(guest_read_u32(&memory, to_gpa(at), &value));
		assert_memory_equal(buffer, &value, sizeof(value));
		assert_true(guest_read_u8(&memory, to_gpa(at + 3), &byte));
		assert_int_equal(byte, buffer[3]);
		assert_true(guest_write_u8(&memory, to_gpa(at + 1), 0x77));
		assert_true(guest_read_u32(&memory, to_gpa(at), &value));
		assert_int_equal(value >> 8 & 0xFF, 0x77);
	}
}

static void single_values_at_the_end(void **state)
{
	u32 value = 0x12345678, over;
	u8 byte = 0;

	(void)state;
	assert_true(guest_write_u32(&memory, to_gpa(SIZE - 4), value));
	assert_true(guest_read_u32(&memory, to_gpa(SIZE - 4), &value));
	assert_int_equal(value, 0x12345678);
	for (over = SIZE - 3; over <= SIZE; over++) {
		assert_false(guest_write_u32(&memory, to_gpa(over), 0));
		assert_false(guest_read_u32(&memory, to_gpa(over), &value));
	}
	assert_int_equal(value, 0x12345678);
	assert_true(guest_read_u8(&memory, to_gpa(SIZE - 1), &byte));
	assert_int_equal(byte, 0x12);
	assert_false(guest_read_u8(&memory, to_gpa(SIZE), &byte));
	assert_false(guest_write_u8(&memory, to_gpa(SIZE), 0));
	assert_false(guest_write_u32(&memory, to_gpa(~0u), 0));
}

static void string_without_nul_is_refused(void **state)
{
	const char text[] = "the reason";
	const gpa_t across = to_gpa(FRAME_SIZE - 4), last = to_gpa(SIZE - 3);
	char to[16];

	(void)state;
	assert_true(guest_write(&memory, across, text, sizeof(text)));
	assert_true(guest_read_string(&memory, across, to, sizeof(to)));
	assert_string_equal(to, text);
	assert_true(guest_read_string(&memory, across, to, sizeof(text)));
	assert_string_equal(to, text);
	memset(to, '!', sizeof(to));
	assert_true(guest_read_string(&memory, across, to, 8));
	assert_string_equal(to, "the rea");
	assert_int_equal(to[8], '!');
	assert_true(guest_read_string(&memory, across, to, 1));
	assert_string_equal(to, "");
	assert_true(guest_write(&memory, last, "end", 3));
	assert_true(guest_read_string(&memory, last, to, sizeof(to)));
	assert_string_equal(to, "end");
	assert_false(guest_read_string(&memory, to_gpa(SIZE), to, sizeof(to)));
	assert_false(guest_read_string(&memory, to_gpa(~0u), to, 1));
	assert_panics(guest_read_string(&memory, last, to, 0), "does not hold");
}

/* -- Intents, and the frame of zeroes ----------------------------------------------------------- */

static pfn_t frame_for(struct guest_memory *m, u32 gfn, enum guest_intent intent)
{
	pfn_t frame = to_pfn(0);

	assert_true(guest_memory_frame(m, to_gfn(gfn), intent, &frame));
	assert_true(intent == TO_READ || !frame_is_shared(frame));
	return frame;
}

static u32 replacements, replaced_gfn, replaced_frame;

/* When it is called, the gfn has its new frame. */
static void note_replaced(struct guest_memory *m, gfn_t gfn, pfn_t old)
{
	replacements++;
	replaced_gfn = gfn_value(gfn);
	replaced_frame = pfn_value(old);
	assert_int_not_equal(guest_memory_find(m, gfn)->frame, pfn_value(old));
}

static void reading_untouched_memory_costs_no_frame(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < GUEST_FRAMES; i++)
		assert_int_equal(pfn_value(frame_for(&memory, i, TO_READ)),
				 pfn_value(frame_of_zeroes()));
	assert_true(guest_read(&memory, to_gpa(SIZE - 3 * FRAME_SIZE), buffer, 3 * FRAME_SIZE));
	assert_true(all_bytes_are(buffer, 0, 3 * FRAME_SIZE));
	assert_int_equal(memory.touched, GUEST_FRAMES);
	assert_int_equal(memory.owned, 0);
	assert_int_equal(account.used, memory.table_frames);
}

static void first_write_replaces_the_frame_of_zeroes(void **state)
{
	u8 byte = 1;

	(void)state;
	replacements = 0;
	memory.replaced = note_replaced;
	frame_for(&memory, 9, TO_READ);
	assert_true(guest_write_u8(&memory, to_gpa(9 * FRAME_SIZE + 5), 0x33));
	assert_int_equal(replacements, 1);
	assert_int_equal(replaced_gfn, 9);
	assert_int_equal(replaced_frame, pfn_value(frame_of_zeroes()));
	assert_int_equal(memory.owned, 1);
	assert_int_equal(memory.touched, 1);
	assert_int_equal(frame_owner(frame_for(&memory, 9, TO_READ)), OWNER_FIRST_GUEST);
	assert_true(guest_read_u8(&memory, to_gpa(9 * FRAME_SIZE + 4), &byte));
	assert_int_equal(byte, 0);
	assert_true(guest_write_u8(&memory, to_gpa(9 * FRAME_SIZE), 1));
	assert_true(guest_write_u8(&memory, to_gpa(10 * FRAME_SIZE), 1)); /* never read */
	assert_int_equal(replacements, 1);
	assert_true(all_bytes_are(frame_bytes(frame_of_zeroes()), 0, FRAME_SIZE));
}

/* Of 12 frames, half have been read: at most `most` are given in one part. */
static void touches_a_range_in_parts(void **state)
{
	u32 i, most;

	(void)state;
	for (i = 0; i < 12; i += 2)
		frame_for(&memory, i, TO_READ);
	most = 7;
	assert_false(
	    guest_memory_touch_range(&memory, to_gpa(0), 12 * FRAME_SIZE, TO_WRITE, &most));
	assert_int_equal(most, 0);
	assert_int_equal(memory.owned, 7);
	most = 5;
	assert_true(guest_memory_touch_range(&memory, to_gpa(0), 12 * FRAME_SIZE, TO_WRITE, &most));
	assert_int_equal(most, 0);
	assert_true(guest_memory_touch_range(&memory, to_gpa(0), 12 * FRAME_SIZE, TO_WRITE, &most));
	most = 1;
	assert_true(guest_memory_touch_range(&memory, to_gpa(20 * FRAME_SIZE), 2, TO_READ, &most));
	assert_int_equal(most, 0);
	assert_true(guest_memory_touch_range(&memory, to_gpa(20 * FRAME_SIZE), 2, TO_READ, &most));
	assert_int_equal(memory.owned, 12);
}

static void protected_frame_keeps_its_note_when_copied(void **state)
{
	(void)state;
	frame_for(&memory, 3, TO_READ);
	guest_memory_find(&memory, to_gfn(3))->note = GFN_PROTECTED | 0x100;
	assert_true(guest_write_u8(&memory, to_gpa(3 * FRAME_SIZE), 1));
	assert_true(memory.protected_written);
	assert_int_equal(guest_memory_find(&memory, to_gfn(3))->note, GFN_PROTECTED | 0x100);
}

/* -- Clones ------------------------------------------------------------------------------------ */

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

#define memory_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    memory_test(cost_is_frames_and_table),
	    memory_test(open_refuses_unpaid_memory),
	    memory_test(first_touch_gives_zeroed_frame),
	    memory_test(access_at_the_end_is_refused),
	    memory_test(range_check_rejects_overflow),
	    memory_test(memory_may_be_4_gb),
	    memory_test(copies_like_plain_memory),
	    memory_test(copy_is_all_or_nothing),
	    memory_test(copies_nothing_when_the_account_is_spent),
	    memory_test(single_values_at_any_alignment),
	    memory_test(single_values_at_the_end),
	    memory_test(string_without_nul_is_refused),
	    memory_test(reading_untouched_memory_costs_no_frame),
	    memory_test(first_write_replaces_the_frame_of_zeroes),
	    memory_test(touches_a_range_in_parts),
	    memory_test(protected_frame_keeps_its_note_when_copied),
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

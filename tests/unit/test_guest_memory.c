// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest's memory: frames on first touch, checked access at both ends of memory, and the account.
 * */
#include "tests/unit/memory_fixture.h"

#define SIZE (GUEST_FRAMES * FRAME_SIZE)
#define ALL_GFNS (1u << 20) /* 4 GB */

static u8 buffer[4 * FRAME_SIZE];

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

static void page_is_loaded_whether_touched_or_not(void **state)
{
	u8 page[FRAME_SIZE], found[FRAME_SIZE];

	(void)state;
	memset(page, 0xA5, sizeof(page));
	frame_for(&memory, 5, TO_READ);  /* the frame of zeroes */
	frame_for(&memory, 6, TO_WRITE); /* one of its own */
	for (u32 gfn = 4; gfn <= 6; gfn++) {
		assert_true(guest_load_page(&memory, to_gfn(gfn), page));
		assert_true(guest_read(&memory, to_gpa(gfn * FRAME_SIZE), found, sizeof(found)));
		assert_memory_equal(found, page, sizeof(page));
		frame_assert(frame_for(&memory, gfn, TO_READ), &account, FRAME_MEMORY);
	}
	assert_int_equal(memory.touched, 3);
	assert_int_equal(memory.owned, 3);
	assert_false(guest_load_page(&memory, to_gfn(GUEST_FRAMES), page));
	memory.owned_max = memory.owned;
	assert_false(guest_load_page(&memory, to_gfn(7), page));
	assert_false(guest_memory_find(&memory, to_gfn(7)));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    memory_test(cost_is_frames_and_table),
	    memory_test(open_refuses_unpaid_memory),
	    memory_test(first_touch_gives_zeroed_frame),
	    memory_test(page_is_loaded_whether_touched_or_not),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

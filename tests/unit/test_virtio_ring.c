// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtio rings: the entries that a driver may make, and everything that it must not.
 */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/virtio/ring.h"

#define MACHINE_FRAMES 512u
#define FIRST 0x80u
#define RAM_FRAMES 64u
#define RAM (RAM_FRAMES * FRAME_SIZE)
#define SIZE 16u /* of the ring, which lies above RAM */
#define MEMORY_FRAMES (RAM_FRAMES + 2)
#define MEMORY_END (MEMORY_FRAMES * FRAME_SIZE)
#define AVAILABLE (RAM + SIZE * 16)
#define USED (RAM + FRAME_SIZE)

static struct frame_account account;
static struct guest_memory memory;
static struct ring ring;
static struct ring_chain chain;

/* -- The driver ------------------------------------------------------------------------------- */

static void put16(u32 at, u16 value)
{
	assert_true(guest_write(&memory, to_gpa(at), &value, sizeof(value)));
}

static u16 get16(u32 at)
{
	u16 value;

	assert_true(guest_read(&memory, to_gpa(at), &value, sizeof(value)));
	return value;
}

static u32 get32(u32 at)
{
	u32 value;

	assert_true(guest_read_u32(&memory, to_gpa(at), &value));
	return value;
}

static void buffer(u32 index, u64 address, u32 size, u16 flags, u16 next)
{
	struct ring_buffer b = {address, size, flags, next};

	assert_true(guest_write(&memory, to_gpa(RAM + index * sizeof(b)), &b, sizeof(b)));
}

static void offer(u16 head)
{
	u16 index = get16(AVAILABLE + 2);

	put16(AVAILABLE + 4 + index % SIZE * 2, head);
	put16(AVAILABLE + 2, index + 1);
}

static int start(void **state)
{
	(void)state;
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, MACHINE_FRAMES - FIRST);
	assert_true(frames_open(&account, OWNER_FIRST_GUEST, guest_memory_cost(MEMORY_FRAMES)));
	assert_true(guest_memory_open(&memory, &account, MEMORY_FRAMES));
	ring_open(&ring, &memory, to_gpa(RAM), SIZE);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_memory_close(&memory);
	frames_close(&account);
	machine_stop();
	return 0;
}

/* -- Allowed entries -------------------------------------------------------------------------- */

static void chain_is_read_as_it_was_written(void **state)
{
	(void)state;
	assert_int_equal(ring_peek(&ring, &chain), RING_EMPTY);
	buffer(3, 0x1000, 10, RING_NEXT, 15);
	buffer(15, 0x2FFF, 2, RING_NEXT, 0);
	buffer(0, 0x3000, 0, RING_NEXT | RING_WRITE, 1);
	buffer(1, MEMORY_END - 5, 5, RING_WRITE, 1);
	offer(3);
	for (u32 i = 0; i < 2; i++) { /* asked again, it is the same */
		assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
		assert_int_equal(chain.head, 3);
		assert_int_equal(chain.reads, 2);
		assert_int_equal(chain.parts, 4);
		assert_int_equal(chain.read_bytes, 12);
		assert_int_equal(chain.write_bytes, 5);
	}
	assert_true(ring_give_back(&ring, &chain, 7));
	assert_int_equal(get16(USED + 2), 1);
	assert_int_equal(get32(USED + 4), 3);
	assert_int_equal(get32(USED + 8), 7);
	assert_int_equal(ring_peek(&ring, &chain), RING_EMPTY);
}

static void the_indices_wrap(void **state)
{
	(void)state;
	for (u32 i = 0; i < 70000; i++) {
		buffer(i % SIZE, 0x1000, i % 7, 0, 0);
		offer(i % SIZE);
		assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
		assert_int_equal(chain.read_bytes, i % 7);
		assert_true(ring_give_back(&ring, &chain, i));
		assert_int_equal(get32(USED + 4 + i % SIZE * 8), i % SIZE);
		assert_int_equal(get32(USED + 8 + i % SIZE * 8), i);
	}
	assert_int_equal(get16(USED + 2), 70000 % 65536);
}

static void a_full_ring_is_good(void **state)
{
	(void)state;
	for (u32 i = 0; i < SIZE; i++) {
		buffer(i, 0x1000, 1, i + 1 < SIZE ? RING_NEXT : 0, i + 1);
		offer(i);
	}
	for (u32 i = 0; i < SIZE; i++) {
		assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
		assert_int_equal(chain.parts, SIZE - i);
		assert_true(ring_give_back(&ring, &chain, 0));
	}
	assert_int_equal(ring_peek(&ring, &chain), RING_EMPTY);
}

static void interrupt_is_wanted_once_for_returned_chains(void **state)
{
	(void)state;
	assert_false(ring_wants_interrupt(&ring));
	buffer(0, 0x1000, 1, 0, 0);
	for (u32 i = 0; i < 2; i++) {
		offer(0);
		assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
		assert_true(ring_give_back(&ring, &chain, 0));
	}
	assert_true(ring_wants_interrupt(&ring));
	assert_false(ring_wants_interrupt(&ring));
	offer(0);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
	assert_true(ring_give_back(&ring, &chain, 0));
	put16(AVAILABLE, RING_NO_INTERRUPT);
	assert_false(ring_wants_interrupt(&ring));
}

/* Every offset and size, over buffers of which two cross a frame and one is empty. */
static void the_bytes_are_in_order(void **state)
{
	static const u32 at[] = {0x1FFC, 0x3000, 0x4FFF, 0x6000}, sizes[] = {9, 0, 5, 3};
	u8 bytes[32], wanted[32];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(at); i++)
		buffer(i, at[i], sizes[i], RING_WRITE | (i < 3 ? RING_NEXT : 0), i + 1);
	offer(0);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
	for (u32 i = 0; i < sizeof(wanted); i++)
		wanted[i] = i + 1;
	for (u32 offset = 0; offset <= 18; offset++) {
		for (u32 size = 0; size <= 19; size++) {
			u32 room = offset > 17 ? 0 : 17 - offset, done = size < room ? size : room;

			assert_int_equal(chain_write(&ring, &chain, offset, wanted + offset, size),
					 done);
		}
	}
	assert_true(guest_read(&memory, to_gpa(at[0]), bytes, 9));
	assert_true(guest_read(&memory, to_gpa(at[2]), bytes + 9, 5));
	assert_true(guest_read(&memory, to_gpa(at[3]), bytes + 14, 3));
	assert_memory_equal(bytes, wanted, 17);
	assert_int_equal(chain_read(&ring, &chain, 0, bytes, 1), 0); /* none is to be read */
	for (u32 i = 0; i < ARRAY_SIZE(at); i++)
		buffer(i, at[i], sizes[i], i < 3 ? RING_NEXT : 0, i + 1);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(chain_read(&ring, &chain, 4, bytes, 32), 13);
	assert_memory_equal(bytes, wanted + 4, 13);
}

/* -- Forbidden entries ------------------------------------------------------------------------ */

static void assert_broken(const char *error)
{
	for (u32 i = 0; i < 2; i++) { /* it stays failed */
		assert_int_equal(ring_peek(&ring, &chain), RING_BROKEN);
		assert_string_equal(ring.error, error);
	}
	assert_false(ring_give_back(&ring, &chain, 0));
	assert_int_equal(get16(USED + 2), 0);
	put16(AVAILABLE + 2, 0); /* it is too late to mend it */
	assert_int_equal(ring_peek(&ring, &chain), RING_BROKEN);
	ring_reset(&ring);
	assert_int_equal(get16(AVAILABLE + 2), 0);
	assert_int_equal(ring_peek(&ring, &chain), RING_EMPTY);
}

static void refuses_loops(void **state)
{
	(void)state;
	buffer(0, 0x1000, 1, RING_NEXT, 0);
	offer(0);
	assert_broken("a loop in a chain");
	buffer(0, 0x1000, 1, RING_NEXT, 1);
	buffer(1, 0x1000, 1, RING_NEXT, 2);
	buffer(2, 0x1000, 1, RING_NEXT, 1);
	offer(0);
	assert_broken("a loop in a chain");
}

static void refuses_numbers_beyond_the_ring(void **state)
{
	static const u16 beyond[] = {SIZE, SIZE + 1, 0x7FFF, 0xFFFF};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(beyond); i++) {
		offer(beyond[i]);
		assert_broken("a buffer's number beyond the ring");
		buffer(0, 0x1000, 1, RING_NEXT, beyond[i]);
		offer(0);
		assert_broken("a buffer's number beyond the ring");
	}
}

static void index_ahead_of_the_ring_is_refused(void **state)
{
	static const u16 ahead[] = {SIZE + 1, 0x8000, 0xFFFF};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(ahead); i++) {
		buffer(0, 0x1000, 1, 0, 0);
		put16(AVAILABLE + 2, ahead[i]);
		assert_broken("an index that has run ahead");
	}
	buffer(0, 0x1000, 1, 0, 0);
	put16(AVAILABLE + 2, SIZE);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
}

static void refuses_buffers_outside_of_memory(void **state)
{
	static const struct {
		u64 at;
		u32 size;
	} outside[] = {
	    {MEMORY_END, 1}, {MEMORY_END - 1, 2},      {MEMORY_END + 1, 0}, {0, MEMORY_END + 1},
	    {0xFFFFFFFF, 1}, {0x1000, 0xFFFFF001},     {1ull << 32, 1},     {0x100001000, 1},
	    {~0ull, 1},      {0xFFFFFFFF, 0xFFFFFFFF},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(outside); i++) {
		buffer(0, outside[i].at, outside[i].size, i % 2 ? RING_WRITE : 0, 0);
		offer(0);
		assert_broken("a buffer outside of memory");
	}
	buffer(0, 0, MEMORY_END, RING_WRITE, 0);
	offer(0);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
}

static void unoffered_features_are_refused(void **state)
{
	(void)state;
	buffer(0, 0x1000, 16, RING_INDIRECT, 0);
	offer(0);
	assert_broken("an indirect buffer, which was not offered");
	buffer(0, 0x1000, 1, RING_WRITE | RING_NEXT, 1);
	buffer(1, 0x1000, 1, 0, 0);
	offer(0);
	assert_broken("a buffer to read behind one to write");
}

static void overflowing_lengths_are_refused(void **state)
{
	(void)state;
	/* A memory that claims to have 4 GB, which no machine of the tests has. */
	memory.frames = 0x100000;
	buffer(0, 0, 0x80000000, RING_NEXT, 1);
	buffer(1, 0, 0x80000000, 0, 0);
	offer(0);
	assert_broken("a chain of 4 GB or more");
	buffer(0, 0, 0x80000000, RING_NEXT, 1);
	buffer(1, 0, 0x7FFFFFFF, 0, 0);
	offer(0);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
	memory.frames = MEMORY_FRAMES;
}

static void only_the_first_error_is_recorded(void **state)
{
	(void)state;
	ring_break(&ring, "first");
	ring_break(&ring, "second");
	assert_string_equal(ring.error, "first");
}

/* -- Rubbish ---------------------------------------------------------------------------------- */

/* A ring with some bits wrong, or all of them. */
static void scribble(void)
{
	u32 bytes = random_below(4) ? 1 + random_below(8) : ring_bytes(SIZE);

	for (u32 i = 0; i < bytes; i++) {
		u8 byte = random_below(256);
		u32 at = bytes < 9 ? random_below(ring_bytes(SIZE)) : i;

		assert_true(guest_write_u8(&memory, to_gpa(RAM + at), byte));
	}
}

static void put_good_chains(void)
{
	for (u32 i = 0; i < SIZE; i++)
		buffer(i, random_below(RAM - 0x2000), random_below(0x2000),
		       random_below(2) * RING_NEXT | (i > SIZE / 2) * RING_WRITE, i + 1);
	buffer(SIZE - 1, 0, 1, RING_WRITE, 0);
	put16(AVAILABLE + 2, random_below(SIZE + 1));
	for (u32 i = 0; i < SIZE; i++)
		put16(AVAILABLE + 4 + 2 * i, random_below(SIZE));
}

static void assert_chain_is_sound(void)
{
	u64 sums[2] = {0, 0};

	assert_in_range(chain.parts, 1, SIZE);
	assert_in_range(chain.reads, 0, chain.parts);
	for (u32 i = 0; i < chain.parts; i++) {
		assert_true((u64)gpa_value(chain.part[i].at) + chain.part[i].size <= MEMORY_END);
		sums[i >= chain.reads] += chain.part[i].size;
	}
	assert_int_equal(sums[0], chain.read_bytes);
	assert_int_equal(sums[1], chain.write_bytes);
}

static void random_chains_are_valid_or_refused(void **state)
{
	u8 bytes[64] = {0};
	u32 good = 0, bad = 0;

	(void)state;
	for (u32 i = 0; i < 20000; i++) {
		ring_reset(&ring);
		put_good_chains();
		scribble();
		for (u32 n = 0; n < 2 * SIZE && ring_peek(&ring, &chain) == RING_CHAIN; n++) {
			assert_chain_is_sound();
			chain_read(&ring, &chain, random_below(0x3000), bytes, sizeof(bytes));
			chain_write(&ring, &chain, random_below(0x3000), bytes, sizeof(bytes));
			ring_give_back(&ring, &chain, 1);
			ring_wants_interrupt(&ring);
			good++;
		}
		bad += ring.error != NULL;
	}
	assert_true(good > 10000 && bad > 1000);
}

/* Frames that were never used are zeroed a few at a time. */
static void buffers_get_their_frames_in_parts(void **state)
{
	u32 before, calls = 1;

	(void)state;
	for (u32 i = 0; i < SIZE; i++)
		buffer(i, (2 * i + 1) * FRAME_SIZE + FRAME_SIZE - 1, 2,
		       RING_WRITE | (i + 1 < SIZE ? RING_NEXT : 0), i + 1);
	offer(0);
	assert_int_equal(ring_peek(&ring, &chain), RING_CHAIN);
	before = memory.touched;
	assert_true(chain_can_read(&ring, &chain, 0, 100)); /* there is nothing to read */
	assert_true(chain_can_write(&ring, &chain, 0, 0));
	assert_true(chain_can_write(&ring, &chain, 2 * SIZE, 100));
	assert_int_equal(memory.touched, before);
	for (u32 last = before; !chain_can_write(&ring, &chain, 3, 100); calls++) {
		assert_in_range(memory.touched - last, 1, 8);
		last = memory.touched;
	}
	assert_int_equal(memory.touched - before,
			 2 * SIZE - 3); /* the part before it is not read */
	assert_int_equal(calls, (2 * SIZE - 3 + 7) / 8);
}

int main(void)
{
#define RING_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)
	const struct CMUnitTest tests[] = {
	    RING_TEST(chain_is_read_as_it_was_written),
	    RING_TEST(the_indices_wrap),
	    RING_TEST(a_full_ring_is_good),
	    RING_TEST(interrupt_is_wanted_once_for_returned_chains),
	    RING_TEST(the_bytes_are_in_order),
	    RING_TEST(refuses_loops),
	    RING_TEST(refuses_numbers_beyond_the_ring),
	    RING_TEST(index_ahead_of_the_ring_is_refused),
	    RING_TEST(refuses_buffers_outside_of_memory),
	    RING_TEST(unoffered_features_are_refused),
	    RING_TEST(overflowing_lengths_are_refused),
	    RING_TEST(only_the_first_error_is_recorded),
	    RING_TEST(random_chains_are_valid_or_refused),
	    RING_TEST(buffers_get_their_frames_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

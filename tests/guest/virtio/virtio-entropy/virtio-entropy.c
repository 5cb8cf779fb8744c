/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The entropy source fills buffers with bytes that look random and differ each time, and
 * writes no byte beyond a buffer.
 *
 * Reason: A kernel seeds its own generator with them.
 *
 * Method: Bits and bytes of 64 KB are counted, in buffers of each size. A fair coin exceeds these
 * bounds once in 10^9 runs.
 *
 * Expect: shut down "tap: 7 passed"
 */
#include "guest/include/kit.h"

#define ROUNDS 512u
#define SIZE 128u
#define BITS (ROUNDS * SIZE * 8)
#define BITS_BOUND 2300u /* six times the deviation, which is the root of BITS / 4 */
#define BYTE_BOUND 100u  /* around 256 of each: six times 16 */
#define UNTOUCHED 0xEE

static struct virtio_device source;
static struct virtio_queue *queue;
static u8 bytes[4096], last[SIZE];
static u32 seen[256], ones, repeated;

static void on_source(struct trap_frame *frame)
{
	(void)frame;
}

static u32 ask(u32 size)
{
	struct virtio_part part = {bytes, size};

	memset(bytes, UNTOUCHED, sizeof(bytes));
	return queue_do(queue, &part, 0, 1);
}

static u32 bits_of(u32 byte)
{
	u32 bits = 0;

	for (; byte; byte &= byte - 1)
		bits++;
	return bits;
}

static void count(void)
{
	u32 i;

	for (i = 0; i < SIZE; i++) {
		seen[bytes[i]]++;
		ones += bits_of(bytes[i]);
	}
	repeated += !memcmp(bytes, last, SIZE);
	memcpy(last, bytes, SIZE);
}

static bool between(u32 value, u32 middle, u32 bound)
{
	return value > middle - bound && value < middle + bound;
}

static void test_statistics(void)
{
	u32 i, complete = 0, fair = 0;

	for (i = 0; i < ROUNDS; i++) {
		complete += ask(SIZE) == SIZE;
		count();
	}
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		fair += between(seen[i], ROUNDS * SIZE / 256, BYTE_BOUND);
	is_equal(complete, ROUNDS, "a small buffer is filled as a whole");
	is_equal(repeated, 0, "no two buffers are the same");
	ok(between(ones, BITS / 2, BITS_BOUND), "half of the bits are set: %u of %u", ones, BITS);
	is_equal(fair, ARRAY_SIZE(seen), "each byte comes as often as the others");
}

const char *guest_main(void)
{
	u32 size;

	ok(virtio_find(&source, VIRTIO_ENTROPY), "an entropy source is found");
	queue = &source.queue[0];
	virtio_start(&source, 0);
	irq_handle(queue->irq, on_source);
	test_statistics();
	size = ask(1);
	ok(size == 1 && bytes[1] == UNTOUCHED, "a buffer of one byte gets one byte");
	size = ask(sizeof(bytes));
	ok(size >= 256 && (size == sizeof(bytes) || bytes[size] == UNTOUCHED),
	   "a large buffer may be filled in part: %u bytes", size);
	done();
}

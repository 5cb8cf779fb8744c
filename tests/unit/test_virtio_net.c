// SPDX-License-Identifier: GPL-2.0-or-later
/* The network card: the frames that it sends, and the buffers of received frames. */
#include "tests/unit/device_driver.h"

static struct switch_port peer;

/* Another port of the switch, paid by the other guest. */
static void join(void)
{
	assert_true(switch_join(&peer, &other.space.account, 0x123456));
}

static void transmit(const struct found *f, u32 size)
{
	buffer(f, NET_QUEUE_TRANSMIT, 0, CHAINS, sizeof(struct net_header), RING_NEXT);
	buffer(f, NET_QUEUE_TRANSMIT, 1, DATA, size, 0);
	offer(f, NET_QUEUE_TRANSMIT, 0);
	kick(f, NET_QUEUE_TRANSMIT);
}

static void frames_of_bad_size_are_dropped(void **state)
{
	static const u32 good[] = {NET_FRAME_MIN, 100, NET_FRAME_MAX};
	static const u32 bad[] = {0, NET_FRAME_MIN - 1, NET_FRAME_MAX + 1, 0x10000};
	struct found f = started(VIRTIO_NET);
	u32 size;

	(void)state;
	join();
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		transmit(&f, bad[i]);
	assert_null(switch_first(&peer, &size));
	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		transmit(&f, good[i]);
		assert_non_null(switch_first(&peer, &size));
		assert_int_equal(size, good[i]);
		switch_drop_first(&peer);
	}
	assert_int_equal(given_back(&f, NET_QUEUE_TRANSMIT), ARRAY_SIZE(good) + ARRAY_SIZE(bad));
	switch_leave(&peer);
}

static void frames_wait_for_buffers(void **state)
{
	struct found f = started(VIRTIO_NET);
	u8 frame[NET_FRAME_MAX] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

	(void)state;
	join();
	for (u32 i = 0; i < 3; i++) {
		frame[20] = i;
		switch_send(&peer, frame, 100 + i);
	}
	serve_all();
	assert_int_equal(raised, 0);
	for (u32 i = 0; i < 4; i++) {
		buffer(&f, NET_QUEUE_RECEIVE, i, DATA + i * 2048, 2048, RING_WRITE);
		offer(&f, NET_QUEUE_RECEIVE, i);
	}
	kick(&f, NET_QUEUE_RECEIVE);
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 3);
	assert_int_equal(raised, 1u << f.queue[NET_QUEUE_RECEIVE].irq);
	raised = 0;
	switch_send(&peer, frame, NET_FRAME_MAX); /* for this one a buffer is there */
	serve_all();
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 4);
	assert_int_equal(raised, 1u << f.queue[NET_QUEUE_RECEIVE].irq);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(written(&f, NET_QUEUE_RECEIVE, i), 110 + i);
		assert_int_equal(get(DATA + i * 2048, 4), 0);
		assert_int_equal(get(DATA + i * 2048 + 10, 4), 0xFFFFFFFF);
		assert_int_equal(get(DATA + i * 2048 + 30, 1), i);
	}
	switch_leave(&peer);
}

static void buffers_must_hold_any_frame(void **state)
{
	struct found f = started(VIRTIO_NET);

	(void)state;
	buffer(&f, NET_QUEUE_RECEIVE, 0, DATA, 10 + NET_FRAME_MAX, RING_WRITE);
	offer(&f, NET_QUEUE_RECEIVE, 0);
	kick(&f, NET_QUEUE_RECEIVE);
	assert_int_equal(lines, 0);
	buffer(&f, NET_QUEUE_RECEIVE, 0, DATA, 10 + NET_FRAME_MAX - 1, RING_WRITE);
	kick(&f, NET_QUEUE_RECEIVE);
	fails_with_one_line(&f,
			    "guest one: its network card has failed: a buffer too small for the "
			    "largest frame");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(frames_of_bad_size_are_dropped),
	    DEVICE_TEST(frames_wait_for_buffers),
	    DEVICE_TEST(buffers_must_hold_any_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

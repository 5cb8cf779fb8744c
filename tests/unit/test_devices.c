// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The common part of a guest's devices: their page and their rings, their status, a driver that
 * writes rubbish. Also the entropy source, which adds little to the common part.
 */
#include "tests/unit/device_driver.h"

#include "hv/base/random.h"

/* -- The page, and the devices of each guest -------------------------------------------------- */

static void rings_lie_behind_the_page_and_apart(void **state)
{
	static const u32 types[] = {VIRTIO_CONSOLE, VIRTIO_ENTROPY, VIRTIO_BLOCK, VIRTIO_NET};
	u32 next = RAM_FRAMES + 1, irqs = 1u << GUEST_IRQ_TIMER;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		struct found f = find(types[i]);

		for (u32 queue = 0; queue < f.queues; queue++) {
			assert_int_equal(f.queue[queue].gfn, next);
			next += frames_for(ring_bytes(f.queue[queue].size));
			assert_false(irqs & 1u << f.queue[queue].irq);
			irqs |= 1u << f.queue[queue].irq;
		}
	}
	assert_int_equal(next, guest.space.memory.frames);
	assert_int_equal(guest.device_state.irqs, 0);
}

static void guest_without_devices_has_none(void **state)
{
	struct guest_config none = {.memory = RAM, .no_devices = true, .disk = {disk, DISK_SIZE}};

	(void)state;
	assert_int_equal(devices_frames(&none), 0);
	assert_int_equal(devices_own_frames(&none), 0);
	none.no_devices = false;
	none.disk.size = BLOCK_SECTOR - 1;
	assert_int_equal(devices_frames(&none), devices_frames(&other_config));
	none.disk.size = BLOCK_SECTOR;
	assert_int_equal(devices_frames(&none), devices_frames(&config));
}

static void notify_of_other_addresses_is_refused(void **state)
{
	u32 known = 0;

	(void)state;
	for (u32 at = RAM; at < RAM + 3 * FRAME_SIZE; at++)
		known += devices_notify(&guest, to_gpa(at));
	assert_int_equal(known, 4 + 1); /* four descriptors, the first ring */
	assert_false(devices_notify(&guest, to_gpa(0)));
	assert_false(devices_notify(&guest, to_gpa(~0u)));
}

/* -- Status ----------------------------------------------------------------------------------- */

static void a_kick_before_set_up_fails(void **state)
{
	struct found f = find(VIRTIO_BLOCK);

	(void)state;
	kick(&f, 0);
	fails_with_one_line(&f, "guest one: its disk has failed: a queue was kicked before it was "
				"set up");
	kick(&f, 0); /* no further line is printed */
	set_status(&f, DRIVER);
	kick(&f, 0);
	assert_int_equal(lines, 0);
	set_status(&f, 0);
	set_status(&f, VIRTIO_STATUS_ACKNOWLEDGE);
	kick(&f, 0); /* an acknowledgement is not set-up; and once reported is enough */
	assert_int_equal(status(&f), VIRTIO_STATUS_FAILED);
	assert_int_equal(lines, 0);
}

static void features_must_have_been_offered(void **state)
{
	struct found f = find(VIRTIO_BLOCK);

	(void)state;
	put(f.accepted, 1u << 28, 4);
	set_status(&f, DRIVER);
	fails_with_one_line(&f, "guest one: its disk has failed: features were accepted that it "
				"does not have");
	f = started(VIRTIO_BLOCK);
	assert_int_equal(guest.device_state.irqs, 1u << f.queue[0].irq);
}

static void failed_status_stops_device(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	assert_non_null(terminal.input);
	set_status(&f, DRIVER | VIRTIO_STATUS_FAILED);
	assert_int_equal(lines, 1);
	assert_string_equal(line, "guest one: its console has failed: its driver has given up");
	assert_null(terminal.input);
	assert_int_equal(guest.device_state.irqs, 0);
	f = started(VIRTIO_CONSOLE);
	assert_int_equal(status(&f), DRIVER);
	assert_non_null(terminal.input);
}

static void reset_clears_rings_and_features(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	for (u32 at = 0; at < ring_bytes(f.queue[0].size); at++)
		put(ring_at(&f, 0) + at, 0xFF, 1);
	set_status(&f, 0);
	for (u32 at = 0; at < ring_bytes(f.queue[0].size); at++)
		assert_int_equal(get(ring_at(&f, 0) + at, 1), 0);
	assert_int_equal(get(f.accepted, 4), 0);
	assert_int_equal(guest.device_state.irqs, 0);
}

static void failed_ring_stops_its_device_only(void **state)
{
	struct found f = started(VIRTIO_BLOCK), console = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, 0, 0, RAM * 2, 1, 0);
	offer(&f, 0, 0);
	kick(&f, 0);
	fails_with_one_line(&f, "guest one: its disk has failed: a buffer outside of memory");
	assert_int_equal(status(&console), DRIVER);
	assert_false(guest_has_ended(&guest));
}

/* -- Entropy ---------------------------------------------------------------------------------- */

static void entropy_fills_in_part(void **state)
{
	struct found f = started(VIRTIO_ENTROPY);

	(void)state;
	buffer(&f, 0, 0, DATA, 10, RING_WRITE);
	buffer(&f, 0, 1, DATA + 100, 4 * RANDOM_MOST, RING_WRITE);
	offer(&f, 0, 0);
	offer(&f, 0, 1);
	kick(&f, 0);
	assert_int_equal(written(&f, 0, 0), 10);
	assert_int_equal(written(&f, 0, 1), RANDOM_MOST);
	assert_int_equal(get(DATA + 9, 2), 0x5A);
	buffer(&f, 0, 2, DATA, 1, 0);
	offer(&f, 0, 2);
	kick(&f, 0);
	fails_with_one_line(&f,
			    "guest one: its entropy source has failed: a buffer that nothing can "
			    "be written to");
}

static void entropy_costs_more_than_copying(void **state)
{
	struct found f = started(VIRTIO_ENTROPY);

	(void)state;
	for (u32 i = 0; i < f.queue[0].size; i++) {
		buffer(&f, 0, i, DATA, RANDOM_MOST, RING_WRITE);
		offer(&f, 0, i);
	}
	kick(&f, 0);
	assert_int_equal(given_back(&f, 0), f.queue[0].size);
}

/* -- Rubbish ---------------------------------------------------------------------------------- */

static void scribble(u32 from, u32 to)
{
	for (u32 n = random_below(64); n; n--)
		put(from + random_below(to - from), random_below(256), 1);
}

/* A chain that may well be good, in a queue of any device. */
static void put_chain(const struct found *f, u32 queue)
{
	static const u16 flags[] = {0, RING_NEXT, RING_WRITE, RING_NEXT | RING_WRITE};

	for (u32 i = 0; i < 4; i++)
		buffer(f, queue, i, random_below(RAM), random_below(2000), flags[random_below(4)]);
	if (random_below(2))
		request(f, random_below(10), random_below(DISK_SECTORS + 2),
			random_below(4) * BLOCK_SECTOR, random_below(2) * RING_WRITE);
	offer(f, queue, 0);
}

static void random_driver_does_no_harm(void **state)
{
	static const u32 types[] = {VIRTIO_CONSOLE, VIRTIO_ENTROPY, VIRTIO_BLOCK, VIRTIO_NET};
	struct found all[ARRAY_SIZE(types)];
	u32 end = guest.space.memory.frames * FRAME_SIZE, done = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		all[i] = find(types[i]);
	for (u32 i = 0; i < 200000; i++) {
		const struct found *f = &all[random_below(ARRAY_SIZE(all))];
		u32 queue = random_below(f->queues);

		terminal.room = random_below(3000);
		terminal.length = 0;
		if (!random_below(20))
			set_status(f, random_below(3) ? 0 : random_below(256));
		if (random_below(2))
			set_status(f, DRIVER);
		if (!random_below(10))
			scribble(RAM, end);
		put_chain(f, queue);
		kick(f, queue);
		done += given_back(f, queue) != 0;
		if (terminal.input && random_below(2))
			terminal.input(terminal.owner, 'x');
		if (terminal.has_room && random_below(2))
			terminal.has_room(terminal.owner);
	}
	assert_true(done > 1000);
	assert_true(lines <= ARRAY_SIZE(types));
	assert_false(guest_has_ended(&guest) || guest_has_ended(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(rings_lie_behind_the_page_and_apart),
	    DEVICE_TEST(guest_without_devices_has_none),
	    DEVICE_TEST(notify_of_other_addresses_is_refused),
	    DEVICE_TEST(a_kick_before_set_up_fails),
	    DEVICE_TEST(features_must_have_been_offered),
	    DEVICE_TEST(failed_status_stops_device),
	    DEVICE_TEST(reset_clears_rings_and_features),
	    DEVICE_TEST(failed_ring_stops_its_device_only),
	    DEVICE_TEST(entropy_fills_in_part),
	    DEVICE_TEST(entropy_costs_more_than_copying),
	    DEVICE_TEST(random_driver_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

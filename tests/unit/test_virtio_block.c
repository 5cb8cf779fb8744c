// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk: requests of any size and place, and requests that change while they are served. */
#include "tests/unit/device_driver.h"

#include <stdlib.h>

static void one_piece_is_served_when_the_stretch_is_spent(void **state)
{
	struct found f = started(VIRTIO_BLOCK);
	u8 *bytes = malloc(DISK_SIZE);

	(void)state;
	request(&f, BLOCK_READ, 0, DISK_SIZE, RING_WRITE);
	parts_left = 0; /* each stretch has room for a piece of at most 16 KB */
	assert_true(devices_notify(&guest, to_gpa(f.queue[0].gfn * FRAME_SIZE)));
	assert_true(serve_all() >= DISK_SIZE / (16 * KIB));
	parts_left = UINT32_MAX;
	assert_int_equal(given_back(&f, 0), 1);
	assert_int_equal(written(&f, 0, 0), DISK_SIZE + 1);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_OK);
	assert_true(guest_read(&guest.space.memory, to_gpa(DATA), bytes, DISK_SIZE));
	assert_memory_equal(bytes, disk, DISK_SIZE);
	free(bytes);
}

/* The driver changes a large request into another one while it is served. */
static void request_may_change_between_pieces(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	request(&f, BLOCK_READ, 0, DISK_SIZE, RING_WRITE);
	parts_left = 3;
	assert_true(devices_notify(&guest, to_gpa(f.queue[0].gfn * FRAME_SIZE)));
	assert_int_equal(devices_serve(&guest), AGAIN);
	parts_left = UINT32_MAX;
	buffer(&f, 0, 1, DATA, BLOCK_SECTOR, RING_NEXT | RING_WRITE);
	assert_int_equal(devices_serve(&guest), DONE);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_ERROR);
	request(&f, BLOCK_READ, 1, BLOCK_SECTOR, RING_WRITE);
	kick(&f, 0);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_OK);
	assert_int_equal(get(DATA, 1), disk[BLOCK_SECTOR]);
}

static void stays_within_the_disk(void **state)
{
	static const struct {
		u64 sector;
		u32 size;
		u32 status;
	} tries[] = {
	    {DISK_SECTORS - 1, BLOCK_SECTOR, BLOCK_OK},
	    {DISK_SECTORS, 0, BLOCK_OK},
	    {DISK_SECTORS, BLOCK_SECTOR, BLOCK_ERROR},
	    {DISK_SECTORS + 1, 0, BLOCK_ERROR},
	    {DISK_SECTORS - 1, 2 * BLOCK_SECTOR, BLOCK_ERROR},
	    {0, DISK_SIZE + BLOCK_SECTOR, BLOCK_ERROR},
	    {0, BLOCK_SECTOR + 1, BLOCK_ERROR},
	    {1ull << 32, BLOCK_SECTOR, BLOCK_ERROR},
	    {(1ull << 32) + 1, BLOCK_SECTOR, BLOCK_ERROR},
	    {(1ull << 55) + 1, BLOCK_SECTOR, BLOCK_ERROR},
	    {~0ull, BLOCK_SECTOR, BLOCK_ERROR},
	    {~0ull, 0, BLOCK_ERROR},
	};
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(tries); i++) {
		for (u32 type = BLOCK_READ; type <= BLOCK_WRITE; type++) {
			request(&f, type, tries[i].sector, tries[i].size,
				type == BLOCK_READ ? RING_WRITE : 0);
			kick(&f, 0);
			assert_int_equal(get(CHAINS + 100, 1), tries[i].status);
		}
	}
	assert_int_equal(lines, 0);
}

static void a_request_needs_header_and_status(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	buffer(&f, 0, 0, CHAINS, sizeof(struct block_header) - 1, RING_NEXT);
	buffer(&f, 0, 1, DATA, 1, RING_WRITE);
	offer(&f, 0, 0);
	kick(&f, 0);
	fails_with_one_line(&f,
			    "guest one: its disk has failed: a request without header or status");
	f = started(VIRTIO_BLOCK);
	buffer(&f, 0, 0, CHAINS, sizeof(struct block_header), 0);
	offer(&f, 0, 0);
	kick(&f, 0);
	assert_int_equal(status(&f), VIRTIO_STATUS_FAILED);
}

static void a_read_only_disk_is_not_written(void **state)
{
	struct found f;

	(void)state;
	unmake_guest(&guest);
	config.disk_read_only = true;
	make_guest(&guest, &config, OWNER_FIRST_GUEST);
	f = started(VIRTIO_BLOCK);
	assert_true(get(f.offered, 4) & BLOCK_FEATURE_READ_ONLY);
	put(DATA, ~(u32)disk[0], 4);
	request(&f, BLOCK_WRITE, 0, BLOCK_SECTOR, 0);
	kick(&f, 0);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_ERROR);
	assert_int_equal(disk[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(one_piece_is_served_when_the_stretch_is_spent),
	    DEVICE_TEST(request_may_change_between_pieces),
	    DEVICE_TEST(stays_within_the_disk),
	    DEVICE_TEST(a_request_needs_header_and_status),
	    DEVICE_TEST(a_read_only_disk_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

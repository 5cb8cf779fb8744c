/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A disk with the word `ro` says so in its features, and refuses writes.
 *
 * Reason: A driver may not know the feature.
 *
 * Method: A write, then a read of the same sector.
 *
 * Disk: 8 ro
 * Expect: shut down "tap: 4 passed"
 */
#include "guest/include/kit.h"

static struct virtio_device disk;
static struct block_header header;
static volatile u8 status;
static u32 sector[BLOCK_SECTOR / sizeof(u32)];

static void on_disk(struct trap_frame *frame)
{
	(void)frame;
}

const char *guest_main(void)
{
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {sector, sizeof(sector)}, {&status, 1}};

	ok(virtio_find(&disk, VIRTIO_BLOCK), "a disk is found");
	ok(virtio_features(&disk) & BLOCK_FEATURE_READ_ONLY, "the disk is read-only");
	virtio_start(&disk, 0);
	irq_handle(disk.queue[0].irq, on_disk);
	header.type = BLOCK_WRITE;
	queue_do(&disk.queue[0], parts, 2, 1);
	is_equal(status, BLOCK_ERROR, "a write to a read-only disk is an error");
	header.type = BLOCK_READ;
	queue_do(&disk.queue[0], parts, 1, 2);
	ok(status == BLOCK_OK && sector[1] == 1, "a refused write changes nothing");
	done();
}

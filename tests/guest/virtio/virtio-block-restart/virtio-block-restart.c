/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Data that a guest has written to its disk are there after its restart, where nothing
 * else of it is.
 *
 * Reason: A kernel installs software, and reboots.
 *
 * Method: The guest counts its lives in sector 1.
 *
 * Disk: 4
 * Expect: restarting "again"
 * Expect: shut down "tap: 2 passed"
 */
#include "guest/include/kit.h"

#define FIRST_WORD 128u /* of sector 1, as the runner writes it */

static struct virtio_device disk;
static struct block_header header = {.sector = 1};
static volatile u8 status;
static u32 sector[BLOCK_SECTOR / sizeof(u32)];

static void on_disk(struct trap_frame *frame)
{
	(void)frame;
}

static void transfer(u32 type)
{
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {sector, sizeof(sector)}, {&status, 1}};
	u32 reads = type == BLOCK_WRITE ? 2 : 1;

	header.type = type;
	queue_do(&disk.queue[0], parts, reads, 3 - reads);
}

const char *guest_main(void)
{
	if (!virtio_find(&disk, VIRTIO_BLOCK))
		return "no disk";
	virtio_start(&disk, 0);
	irq_handle(disk.queue[0].irq, on_disk);
	transfer(BLOCK_READ);
	if (sector[0] == FIRST_WORD) {
		sector[0]++;
		transfer(BLOCK_WRITE);
		restart("again");
	}
	is_equal(sector[0], FIRST_WORD + 1,
		 "the second life reads the word that the first has written");
	is_equal(sector[1], FIRST_WORD + 1,
		 "the second life reads the sector's other words unchanged");
	done();
}

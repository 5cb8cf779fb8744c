/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: After CLONE, what a device of the parent or of a clone writes to memory no other of them
 * sees: data, rings, the status of the device. Nor do they see what others write to the disk.
 *
 * Reason: The hypervisor writes for a device, past the page tables.
 *
 * Method: Three parties (parties.h). On the runner's disk each word holds its index.
 *
 * Module: mem=4M clones=12
 * Disk: 64
 * Expect: shut down "tap: "
 * Expect-clones: 6 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define WORDS (BLOCK_SECTOR / sizeof(u32))
#define BASE 0x5EED0000u
#define WRITTEN_SECTOR 10
#define RANDOM_SIZE 64u
#define BAD_HEAD 0xFFFF

static struct virtio_device disk, source, console, card;
static struct block_header header;
static volatile u8 status;
static u32 data[PAGE_SIZE / sizeof(u32)] ALIGNED(PAGE_SIZE);
static u32 scratch[WORDS];
static u8 random_bytes[PAGE_SIZE] ALIGNED(PAGE_SIZE);
static u8 random_copy[RANDOM_SIZE];

static void on_device(struct trap_frame *frame)
{
	(void)frame;
}

static void request(u32 type, u32 sector, void *bytes)
{
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {bytes, BLOCK_SECTOR}, {&status, 1}};
	bool to_disk = type == BLOCK_WRITE;

	header = (struct block_header){.type = type, .sector = sector};
	status = ~0;
	queue_do(&disk.queue[0], parts, to_disk ? 2 : 1, to_disk ? 1 : 2);
	if (status != BLOCK_OK)
		panic("the disk fails");
}

/* Sector n has the words from n * WORDS on. */
static void write_data(u32 value)
{
	request(BLOCK_READ, value, data);
}

static u32 read_data(void)
{
	return data[0] % WORDS ? ~0u : data[0] / WORDS;
}

static void write_sector(u32 value)
{
	scratch[0] = BASE + value;
	request(BLOCK_WRITE, WRITTEN_SECTOR, scratch);
}

static u32 read_sector(void)
{
	scratch[0] = 0;
	request(BLOCK_READ, WRITTEN_SECTOR, scratch);
	return scratch[0] - BASE;
}

/* Each keeps a copy of its bytes, and its value behind them. */
static void write_random(u32 value)
{
	struct virtio_part part = {random_bytes, RANDOM_SIZE};

	memset(random_bytes, 0, RANDOM_SIZE);
	if (value)
		queue_do(&source.queue[0], &part, 0, 1);
	memcpy(random_copy, random_bytes, RANDOM_SIZE);
	random_bytes[RANDOM_SIZE] = value;
}

static u32 read_random(void)
{
	return memcmp(random_copy, random_bytes, RANDOM_SIZE) ? ~0u : random_bytes[RANDOM_SIZE];
}

static u16 first_used;

/* Each prints so many lines. */
static void write_ring(u32 value)
{
	struct virtio_queue *output = &console.queue[CONSOLE_QUEUE_OUTPUT];
	u32 i;

	if (!value)
		first_used = output->used->index;
	for (i = 0; i < value; i++)
		queue_send(output, "# a line\n", 9);
}

static u32 read_ring(void)
{
	return (u16)(console.queue[CONSOLE_QUEUE_OUTPUT].used->index - first_used);
}

/* Resets it; breaks its ring, so that the hypervisor gives it up; begins to start it. */
static void write_status(u32 value)
{
	struct virtio_queue *transmit = &card.queue[NET_QUEUE_TRANSMIT];

	switch (value) {
	case 0:
		virtio_start(&card, 0);
		break;
	case 1:
		virtio_reset(&card);
		break;
	case 2:
		transmit->available->head[transmit->available->index % transmit->size] = BAD_HEAD;
		transmit->available->index++;
		queue_kick(transmit);
		break;
	default:
		virtio_set_status(&card, VIRTIO_STATUS_ACKNOWLEDGE, true);
	}
}

static u32 read_status(void)
{
	u8 now = virtio_status(&card);

	if (now & VIRTIO_STATUS_FAILED)
		return 2;
	return now & VIRTIO_STATUS_DRIVER_OK ? 0 : now ? 3 : 1;
}

static const struct way ways[] = {
    {"a block that is read", write_data, read_data},
    {"a sector that is written", write_sector, read_sector},
    {"random bytes", write_random, read_random},
    {"the used part of a ring", write_ring, read_ring},
    {"a device's status", write_status, read_status},
};

static void start(struct virtio_device *device, enum virtio_type type)
{
	u32 i;

	if (!virtio_find(device, type))
		panic("a device is missing");
	virtio_start(device, 0);
	for (i = 0; i < device->queues; i++)
		irq_handle(device->queue[i].irq, on_device);
}

const char *guest_main(void)
{
	paging_start();
	start(&disk, VIRTIO_BLOCK);
	start(&source, VIRTIO_ENTROPY);
	start(&console, VIRTIO_CONSOLE);
	start(&card, VIRTIO_NET);
	irq_enable();
	play(ways, ARRAY_SIZE(ways));
	done();
}

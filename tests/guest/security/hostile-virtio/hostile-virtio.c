/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A driver that breaks a rule of the rings loses its device, with no other effect; after
 * a reset the device works again. As much work as fits into a ring is done in the guest's own time,
 * and its clock goes on.
 *
 * Reason: Rings are memory that the guest writes and the hypervisor reads.
 *
 * Method: Each rule is broken once, on the disk. Then floods of kicks, of resets, and of requests
 * for the most that one may ask for. Then random bytes in all rings and in the page of descriptors.
 *
 * Module: mem=8M
 * Disk: 4096
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define SECTORS 4096u
#define FLOOD 300
#define RANDOM_WORDS 2000
#define LCG_MULTIPLY 1664525u
#define LCG_ADD 1013904223u

static struct virtio_device disk;
static struct virtio_queue *queue;
static struct block_header header;
static volatile u8 status;
static u8 sector[BLOCK_SECTOR];
static u32 seed = 1;

static u32 random(void)
{
	seed = seed * LCG_MULTIPLY + LCG_ADD;
	return seed >> 8;
}

static void on_interrupt(struct trap_frame *frame)
{
	(void)frame;
}

static bool reads(void)
{
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {sector, sizeof(sector)}, {&status, 1}};

	header = (struct block_header){.type = BLOCK_READ, .sector = 5};
	status = 0xEE;
	queue_do(queue, parts, 1, 2);
	return status == BLOCK_OK && *(u32 *)sector == 5 * BLOCK_SECTOR / sizeof(u32);
}

static void put(u16 index, gpa_t address, u32 size, u16 flags, u16 next)
{
	queue->buffers[index].address = address;
	queue->buffers[index].size = size;
	queue->buffers[index].flags = flags;
	queue->buffers[index].next = next;
}

static void offer(u16 head)
{
	queue->available->head[queue->available->index % queue->size] = head;
	queue->available->index++;
}

static void is_refused(const char *what)
{
	u8 after;

	queue_kick(queue);
	after = virtio_status(&disk);
	virtio_start(&disk, 0);
	ok(after == VIRTIO_STATUS_FAILED && reads(),
	   "%s: the device fails, and works after a reset", what);
}

static void test_rules(void)
{
	gpa_t data = gpa_of(sector);

	put(0, data, 1, RING_NEXT, 0);
	offer(0);
	is_refused("a loop of one buffer");
	put(0, data, 1, RING_NEXT, 1);
	put(1, data, 1, RING_NEXT, 0);
	offer(0);
	is_refused("a loop of two");
	put(0, data, 1, RING_NEXT, queue->size);
	offer(0);
	is_refused("a next buffer beyond the ring");
	offer(queue->size);
	is_refused("a first one");
	put(0, 0xFFFFF000, PAGE_SIZE, RING_WRITE, 0);
	offer(0);
	is_refused("a buffer beyond memory");
	put(0, data, 0xFFFFFFFF, RING_WRITE, 0);
	offer(0);
	is_refused("a buffer that wraps around");
	put(0, boot_memory() + 64 * PAGE_SIZE, 1, RING_WRITE, 0);
	offer(0);
	is_refused("a buffer behind the last ring");
	put(0, data, 16, RING_NEXT | RING_WRITE, 1);
	put(1, data, 1, 0, 0);
	offer(0);
	is_refused("a buffer to read behind one to write");
	put(0, data, 16, RING_INDIRECT, 0);
	offer(0);
	is_refused("an indirect buffer");
	queue->available->index += queue->size + 1;
	is_refused("an index that has run ahead");
	queue->available->index--;
	is_refused("an index that has gone back");
	put(0, data, 15, RING_NEXT, 1);
	put(1, data, 1, RING_WRITE, 0);
	offer(0);
	is_refused("a header that is too short");
	put(0, data, 16, 0, 0);
	offer(0);
	is_refused("no byte for the status");
}

static void test_order(void)
{
	u8 after;

	virtio_reset(&disk);
	queue_kick(queue);
	after = virtio_status(&disk);
	virtio_set_status(&disk, VIRTIO_STATUS_DRIVER, true);
	ok(after == VIRTIO_STATUS_FAILED, "a kick before set-up: the device fails");
	virtio_set_status(&disk, 0xFF, true);
	queue_kick(queue);
	virtio_start(&disk, 0);
	ok(reads(), "after a reset the device works");
}

/* Every request is for the whole disk, into the same page again and again: 128 times 2 MB. */
static void fill_with_whole_disks(void)
{
	u32 pages = queue->size - 2;
	u8 *page = page_alloc();
	u16 i;

	header = (struct block_header){.type = BLOCK_READ};
	put(0, gpa_of(&header), sizeof(header), RING_NEXT, 1);
	for (i = 1; i <= pages; i++)
		put(i, gpa_of(page), PAGE_SIZE, RING_NEXT | RING_WRITE, i + 1);
	put(i, gpa_of(&status), 1, RING_WRITE, 0);
	for (i = 0; i < queue->size; i++)
		offer(0);
}

static void test_storms(void)
{
	u32 i, ticks;

	virtio_start(&disk, 0);
	clock_start(NS_PER_MS);
	for (i = 0; i < 20; i++) {
		virtio_start(&disk, 0);
		fill_with_whole_disks();
		queue_kick(queue);
	}
	ticks = clock_ticks();
	clock_stop();
	ok(status == BLOCK_OK && queue->used->index == queue->size,
	   "20 rings of the largest requests");
	ok(ticks > 5, "the clock has ticked meanwhile: %u times", ticks);
	for (i = 0; i < FLOOD; i++)
		virtio_start(&disk, 0);
	for (i = 0; i < FLOOD; i++)
		queue_kick(queue);
	ok(reads(), "after a flood of resets and kicks the disk works");
}

static void scribble(volatile u8 *bytes, u32 size)
{
	u32 n;

	for (n = random() % 40; n; n--)
		bytes[random() % size] = random();
}

/* The hypervisor keeps the list of devices and the places of their rings itself, and does not read
 * them from the page of descriptors. */
static void test_rubbish(void)
{
	struct virtio_device devices[4];
	u32 i, q, found = 0, type;

	for (type = VIRTIO_NET; type <= VIRTIO_ENTROPY; type++)
		found += virtio_find(&devices[type - 1], type);
	is_equal(found, 4, "all four devices are found");
	for (i = 0; i < RANDOM_WORDS; i++) {
		struct virtio_device *d = &devices[random() % 4];

		scribble(gpa_pointer(boot_memory()), PAGE_SIZE);
		if (random() % 4 == 0)
			hcall_notify(d->at);
		for (q = 0; q < d->queues; q++) {
			scribble((volatile u8 *)d->queue[q].buffers, ring_bytes(d->queue[q].size));
			queue_kick(&d->queue[q]);
		}
	}
	ok(true, "%u times random bytes in rings and descriptors", RANDOM_WORDS);
}

const char *guest_main(void)
{
	if (!virtio_find(&disk, VIRTIO_BLOCK))
		return "no disk";
	queue = &disk.queue[0];
	virtio_start(&disk, 0);
	irq_handle(queue->irq, on_interrupt);
	irq_enable();
	ok(reads(), "the disk can be read");
	test_rules();
	test_order();
	test_storms();
	irq_disable();
	test_rubbish();
	done();
}

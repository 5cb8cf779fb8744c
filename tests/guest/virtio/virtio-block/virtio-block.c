/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The disk reads, writes, flushes and gives its name, for any division of a request into
 * buffers. A request beyond its end, or not in whole sectors, is an error and moves no data.
 *
 * Reason: A kernel has its root file system there.
 *
 * Method: On the runner's disk each word holds its index, so the content of each sector is known.
 *
 * Module: mem=8M
 * Disk: 2048
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define SECTORS 2048u
#define WORDS (BLOCK_SECTOR / sizeof(u32))
#define PAGES 256u /* of a request of 1 MB */
#define SECTORS_PER_PAGE (PAGE_SIZE / BLOCK_SECTOR)
#define UNTOUCHED 0xEE
#define VALUE 0xC0FFEEu

static struct virtio_device disk;
static struct virtio_queue *queue;
static struct block_header header;
static volatile u8 status;
static u32 sector[WORDS], interrupts;

static void on_disk(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
}

/* A request with its data in one buffer; returns the status, and how much was written. */
static u8 request(u32 type, u64 first, void *data, u32 size, u32 *written)
{
	struct virtio_part parts[] = {{&header, sizeof(header)}, {data, size}, {&status, 1}};
	bool to_disk = type == BLOCK_WRITE;

	header = (struct block_header){.type = type, .sector = first};
	status = UNTOUCHED;
	*written = queue_do(queue, parts, to_disk ? 2 : 1, to_disk ? 1 : 2);
	return status;
}

static u8 read_sector(u64 first)
{
	u32 written;

	memset(sector, UNTOUCHED, sizeof(sector));
	return request(BLOCK_READ, first, sector, sizeof(sector), &written);
}

static u8 write_sector(u64 first, u32 value)
{
	u32 i, written;

	for (i = 0; i < WORDS; i++)
		sector[i] = value + i;
	return request(BLOCK_WRITE, first, sector, sizeof(sector), &written);
}

static bool is_sector(const u32 *words, u32 first_word)
{
	u32 i;

	for (i = 0; i < WORDS; i++) {
		if (words[i] != first_word + i)
			return false;
	}
	return true;
}

static void test_configuration(void)
{
	struct block_config config;

	virtio_config(&disk, &config, sizeof(config));
	ok(config.capacity == SECTORS, "the disk's capacity is %u sectors", SECTORS);
	ok(config.segments_most <= queue->size - 2u, "a request has room in the ring");
	is_equal(virtio_features(&disk), BLOCK_FEATURE_SEGMENTS | BLOCK_FEATURE_FLUSH,
		 "the disk offers segments and flush");
}

static void test_read_write(void)
{
	u32 written;

	is_equal(read_sector(0), BLOCK_OK, "the first sector can be read");
	ok(is_sector(sector, 0), "the first sector has the right words");
	is_equal(request(BLOCK_READ, SECTORS - 1, sector, sizeof(sector), &written), BLOCK_OK,
		 "the last sector can be read");
	ok(is_sector(sector, (SECTORS - 1) * WORDS), "the last sector has the right words");
	is_equal(written, sizeof(sector) + 1, "the device wrote data and status");
	is_equal(write_sector(SECTORS - 1, VALUE), BLOCK_OK, "the last sector can be written");
	is_equal(read_sector(SECTORS - 1), BLOCK_OK, "the written sector can be read");
	ok(is_sector(sector, VALUE), "the written sector has the new data");
	is_equal(read_sector(SECTORS - 2), BLOCK_OK, "the sector before it can be read");
	ok(is_sector(sector, (SECTORS - 2) * WORDS), "the sector before it has not changed");
	is_equal(request(BLOCK_FLUSH, 0, sector, 0, &written), BLOCK_OK, "a flush succeeds");
	is_equal(written, 1, "a flush writes the status only");
}

static void test_errors(void)
{
	static const u64 beyond[] = {SECTORS,    SECTORS + 1ull, 1ull << 23, (1ull << 32) - 1,
				     1ull << 32, (1ull << 55),   ~0ull};
	u32 i, written, errors = 0;

	for (i = 0; i < ARRAY_SIZE(beyond); i++)
		errors += read_sector(beyond[i]) == BLOCK_ERROR && sector[0] == 0xEEEEEEEEu;
	is_equal(errors, ARRAY_SIZE(beyond), "a sector beyond the end: an error, and no data");
	is_equal(write_sector(SECTORS, VALUE), BLOCK_ERROR,
		 "a sector beyond the end cannot be written");
	is_equal(request(BLOCK_READ, SECTORS - 1, page_alloc(), 2 * BLOCK_SECTOR, &written),
		 BLOCK_ERROR, "two sectors of which one is beyond: an error");
	is_equal(request(BLOCK_READ, 0, sector, BLOCK_SECTOR - 1, &written), BLOCK_ERROR,
		 "half a sector: an error");
	is_equal(written, 1, "half a sector: only the status is written");
	is_equal(request(BLOCK_READ, 0, sector, 0, &written), BLOCK_OK, "no sector: nothing");
	is_equal(request(2, 0, sector, sizeof(sector), &written), BLOCK_UNSUPPORTED,
		 "a SCSI command is not supported");
}

static void test_id(void)
{
	char id[BLOCK_ID_SIZE + 1] = "";
	u32 written;

	is_equal(request(BLOCK_GET_ID, 0, id, BLOCK_ID_SIZE, &written), BLOCK_OK,
		 "the disk has a name");
	ok(!strncmp(id, "virtio-block", BLOCK_ID_SIZE), "the disk has the guest's name: \"%s\"",
	   id);
}

/* Header in three buffers, data in pieces of any size, the status behind it in the last one. */
static void test_spread(void)
{
	u8 *page = page_alloc();
	struct virtio_part parts[] = {
	    {&header, 1},     {(u8 *)&header + 1, 14}, {(u8 *)&header + 15, 1},
	    {page, 1},        {page + 1, 510},         {page, 0},
	    {page + 511, 514}};

	header = (struct block_header){.type = BLOCK_READ, .sector = 3};
	page[2 * BLOCK_SECTOR] = UNTOUCHED;
	is_equal(queue_do(queue, parts, 3, 4), 2 * BLOCK_SECTOR + 1, "a request in seven buffers");
	is_equal(page[2 * BLOCK_SECTOR], BLOCK_OK,
		 "a request in seven buffers has its status in the last byte");
	ok(is_sector((u32 *)page, 3 * WORDS) && is_sector((u32 *)page + WORDS, 4 * WORDS),
	   "two sectors are where they should be");
}

/* More than one NOTIFY may move: the device continues by itself. */
static void test_large(void)
{
	static struct virtio_part parts[PAGES / 4 + 2];
	u32 *first = page_alloc(), i, wrong = 0, pages = PAGES / 4;

	for (i = 1; i < PAGES; i++)
		page_alloc(); /* they lie one after another */
	for (i = 0; i < pages; i++)
		parts[i + 1] = (struct virtio_part){(u8 *)first + i * 4 * PAGE_SIZE, 4 * PAGE_SIZE};
	parts[0] = (struct virtio_part){&header, sizeof(header)};
	parts[pages + 1] = (struct virtio_part){&status, 1};
	header = (struct block_header){.type = BLOCK_READ, .sector = 0};
	is_equal(queue_do(queue, parts, 1, pages + 1), PAGES * PAGE_SIZE + 1,
		 "1 MB in one request");
	for (i = 0; i < PAGES * SECTORS_PER_PAGE - 1; i++)
		wrong += !is_sector(first + i * WORDS, i * WORDS);
	is_equal(wrong, 0, "each of its sectors is right");
}

/* As Linux does when many processes read. */
static void test_many(void)
{
	static struct block_header headers[QUEUE_SIZE_MAX / 3];
	static u32 data[QUEUE_SIZE_MAX / 3][WORDS];
	static volatile u8 states[QUEUE_SIZE_MAX / 3];
	u32 i, right = 0;

	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		struct virtio_part parts[] = {
		    {&headers[i], sizeof(headers[i])}, {data[i], BLOCK_SECTOR}, {&states[i], 1}};

		headers[i] = (struct block_header){.type = BLOCK_READ, .sector = 7 * i};
		states[i] = UNTOUCHED;
		queue_put(queue, parts, 1, 2);
	}
	interrupts = 0;
	queue_kick(queue);
	for (i = 0; i < ARRAY_SIZE(headers); i++)
		queue_wait(queue);
	for (i = 0; i < ARRAY_SIZE(headers); i++)
		right += states[i] == BLOCK_OK && is_sector(data[i], 7 * i * WORDS);
	is_equal(right, ARRAY_SIZE(headers), "%u requests by one kick", i);
	is_equal(interrupts, 1, "the requests of one kick make one interrupt");
}

const char *guest_main(void)
{
	ok(virtio_find(&disk, VIRTIO_BLOCK), "a disk is found");
	queue = &disk.queue[0];
	test_configuration();
	virtio_start(&disk, BLOCK_FEATURE_SEGMENTS | BLOCK_FEATURE_FLUSH);
	irq_handle(queue->irq, on_disk);
	irq_enable();
	test_read_write();
	test_errors();
	test_id();
	test_spread();
	test_large();
	test_many();
	done();
}

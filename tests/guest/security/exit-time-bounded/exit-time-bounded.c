/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Interrupts are off for no more than 100,000 instructions, however much a guest asks
 * for in one exit.
 *
 * Reason: Work that takes long is done in parts. A guest that must be woken would be late
 * otherwise.
 *
 * Method: The guest asks again and again until its time limit; the case says for what. The test
 * measures each stretch with interrupts off, and the delay of sched-wakeup-latency beside it.
 *
 * Cases:
 *	flush-user   a ring of 64 FLUSH_TLB of the user's part, with 61,440 entries in the shadow
 *	flush-all    the same of all tables
 *	reread       the same of a table whose 1,024 entries now name pages that were never used
 *	stacks       a ring of 64 SET_STACK, each with two pages in tables that have no shadow
 *	escapes      120 KB of ESC M for the console: each scrolls the screen
 *	disk         requests for all of the disk, as many as the ring holds
 *	fresh        requests for 8 KB of it, spread over as many never-used pages as possible
 *	frames       frames of as many parts as possible, to every other guest
 *	unused       frames of such parts as in `fresh`
 *	listen       takes such frames
 *
 * Module: mem=64M timeout=1
 * Disk: 4096
 * Case: flush-user timed out
 * Case: flush-all timed out
 * Case: reread shut down "all memory has been used"
 * Case: stacks timed out
 * Case: escapes timed out
 * Case: disk timed out
 * Case: fresh shut down "all memory has been used"
 * Case: frames timed out
 * Case: unused shut down "all memory has been used"
 * Case: listen timed out
 * Runner: tests/system/stretch.t
 */
#include "guest/include/kit.h"

/* kernel= gives kernel_address: the more kernel tables, the longer the search for one. */
const u32 guest_options = GUEST_NO_INIT | GUEST_NO_TRAPS;

#define AREA 0x10000000u
#define STACKS 0xC0000000u
#define STACKS_END 0xFF800000u
#define UNUSED 0x400000u /* gpa: behind the image and what page_alloc() gives out */
#define RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_MARKS)
#define ENTRIES 61440u
#define TABLES (ENTRIES / TABLE_ENTRIES)
#define ESCAPES (60u * 1024)
#define SECTORS 4096u
#define PARTS_MOST 126u
#define NET_PARTS 128u

static struct virtio_device device;

/* One page table, and one page, at all places: each place has a shadow table of its own. */
static void map_everywhere(void)
{
	gpa_t page = gpa_of(page_alloc());
	pte_t entry = page | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_MARKS;

	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		page_set_quietly(kernel_directory, AREA + i * PAGE_SIZE, entry);
	for (u32 table = 1; table < TABLES; table++)
		directory_set(kernel_directory, AREA + table * TABLE_SPAN,
			      *directory_entry(kernel_directory, AREA));
	for (u32 table = 0; table < TABLES; table++) {
		*(volatile u32 *)(AREA + table * TABLE_SPAN) += 1;
		for (u32 i = 0; i < TABLE_ENTRIES; i++)
			hypercall_async(HCALL_SET_PTE, gpa_of(kernel_directory),
					AREA + table * TABLE_SPAN + i * PAGE_SIZE, entry, 0);
	}
}

static void flush(u32 all)
{
	map_everywhere();
	for (;;)
		hypercall_async(HCALL_FLUSH_TLB, all, 0, 0, 0);
}

static void flush_user(void)
{
	flush(0);
}

static void flush_all(void)
{
	flush(1);
}

static gpa_t unused = UNUSED;

/* Pages that were never used. */
static gpa_t take_unused(u32 pages)
{
	gpa_t at = unused;

	unused += pages * PAGE_SIZE;
	if (unused > boot_memory())
		shutdown("all memory has been used");
	return at;
}

static void reread(void)
{
	gpa_t page = gpa_of(page_alloc());

	for (;;) {
		for (u32 i = 0; i < TABLE_ENTRIES; i++) {
			page_set_quietly(kernel_directory, AREA + i * PAGE_SIZE, page | RIGHTS);
			*(volatile u32 *)(AREA + i * PAGE_SIZE) += 1;
		}
		for (u32 i = 0; i < TABLE_ENTRIES; i++)
			page_set_quietly(kernel_directory, AREA + i * PAGE_SIZE,
					 take_unused(1) | RIGHTS);
		hcall_flush_tlb_all();
	}
}

static void stacks(void)
{
	gpa_t page = gpa_of(page_alloc());

	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		page_set_quietly(kernel_directory, STACKS + i * PAGE_SIZE, page | RIGHTS);
	for (gva_t at = STACKS; at < STACKS_END; at += TABLE_SPAN)
		directory_set(kernel_directory, at, *directory_entry(kernel_directory, STACKS));
	for (;;)
		for (gva_t at = STACKS + TABLE_SPAN; at < STACKS_END; at += 2 * TABLE_SPAN)
			hypercall_async(HCALL_SET_STACK, GUEST_DS, at + PAGE_SIZE, 2, 0);
}

static void ignore(struct trap_frame *frame)
{
	(void)frame;
}

static struct virtio_queue *use(enum virtio_type type, u32 queue)
{
	if (!virtio_find(&device, type))
		panic("no device of type %u", type);
	virtio_start(&device, 0);
	irq_handle(device.queue[queue].irq, ignore);
	irq_enable();
	return &device.queue[queue];
}

static void escapes(void)
{
	static char text[2 * ESCAPES];
	struct virtio_queue *output = use(VIRTIO_CONSOLE, CONSOLE_QUEUE_OUTPUT);

	for (u32 i = 0; i < ESCAPES; i++) {
		text[2 * i] = 0x1B;
		text[2 * i + 1] = 'M';
	}
	for (;;)
		queue_send(output, text, sizeof(text));
}

static void disk(void)
{
	static u8 bytes[SECTORS / PARTS_MOST * BLOCK_SECTOR];
	static struct block_header header = {.type = BLOCK_READ};
	static struct virtio_part parts[PARTS_MOST + 2];
	struct virtio_queue *queue = use(VIRTIO_BLOCK, 0);
	static u8 status;

	parts[0] = (struct virtio_part){&header, sizeof(header)};
	for (u32 i = 1; i <= PARTS_MOST; i++)
		parts[i] = (struct virtio_part){bytes, sizeof(bytes)};
	parts[PARTS_MOST + 1] = (struct virtio_part){&status, 1};
	for (;;)
		queue_do(queue, parts, 1, PARTS_MOST + 1);
}

/* Each part lies across two pages. */
static void scatter(struct virtio_part *parts, u32 count, u32 size)
{
	for (u32 i = 0; i < count; i++) {
		u8 *pages = gpa_pointer(take_unused(2));

		parts[i] = (struct virtio_part){pages + PAGE_SIZE - size / 2, size};
	}
}

/* 126 parts of 64 bytes, and 128 bytes more: whole sectors. */
static void fresh(void)
{
	static struct block_header header = {.type = BLOCK_READ};
	static struct virtio_part parts[PARTS_MOST + 2];
	struct virtio_queue *queue = use(VIRTIO_BLOCK, 0);
	static u8 status;

	parts[0] = (struct virtio_part){&header, sizeof(header)};
	parts[PARTS_MOST + 1] = (struct virtio_part){&status, 1};
	for (;;) {
		scatter(parts + 1, PARTS_MOST, 64);
		parts[1].size += 128;
		queue_do(queue, parts, 1, PARTS_MOST + 1);
	}
}

/* They are all zero, and no station has that address: to all. */
static void unused_frames(void)
{
	static struct virtio_part parts[NET_PARTS];
	struct virtio_queue *transmit = use(VIRTIO_NET, NET_QUEUE_TRANSMIT);

	for (;;) {
		scatter(parts, NET_PARTS, NET_FRAME_MAX / NET_PARTS);
		queue_do(transmit, parts, NET_PARTS, 0);
	}
}

/* To all: the first byte of its address is odd. */
static void frames(void)
{
	static u8 frame[NET_FRAME_MAX] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	static struct net_header header;
	static struct virtio_part parts[NET_PARTS];
	struct virtio_queue *transmit = use(VIRTIO_NET, NET_QUEUE_TRANSMIT);
	u32 size = sizeof(frame) / (NET_PARTS - 1);

	parts[0] = (struct virtio_part){&header, sizeof(header)};
	for (u32 i = 1; i < NET_PARTS; i++)
		parts[i] = (struct virtio_part){frame + (i - 1) * size, size};
	for (;;)
		queue_do(transmit, parts, NET_PARTS, 0);
}

static void listen(void)
{
	static u8 frame[sizeof(struct net_header) + NET_FRAME_MAX];
	static struct virtio_part parts[NET_PARTS];
	struct virtio_queue *receive = use(VIRTIO_NET, NET_QUEUE_RECEIVE);
	u32 size = sizeof(frame) / (NET_PARTS - 1);

	for (u32 i = 0; i < NET_PARTS; i++)
		parts[i] = (struct virtio_part){frame, i ? size : sizeof(frame)};
	for (;;)
		queue_do(receive, parts, 0, NET_PARTS);
}

static const struct boot_case cases[] = {
    {.name = "flush-user", .run = flush_user}, {.name = "flush-all", .run = flush_all},
    {.name = "reread", .run = reread},         {.name = "stacks", .run = stacks},
    {.name = "escapes", .run = escapes},       {.name = "disk", .run = disk},
    {.name = "fresh", .run = fresh},           {.name = "frames", .run = frames},
    {.name = "unused", .run = unused_frames},  {.name = "listen", .run = listen},
};

const char *guest_main(void)
{
	lguest_data.kernel_address = boot_option_number("kernel", lguest_data.kernel_address);
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	return boot_run_case(cases, ARRAY_SIZE(cases));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that is saved and restored goes on where it was: no clock event is lost, no page, register,
 * segment, queue of a device or sector of its disk has changed, and neither clock goes back, or is ahead of the
 * other.
 *
 * Reason: A restored guest cannot tell, but for a jump forward of its clocks.
 *
 * Method: A clock event each millisecond (or ms=) is a beat. After each beat, all that a machine has is compared
 * with what it was, and changed again: pages= pages in turn by a generator of numbers, the FPU's stack, a segment,
 * random bytes of a device, unless there are none (plain), a sector of the disk, if there is one (reads: it is only
 * read). A line after each hundred beats (or line=) says when it can be saved (tests/system/snapshot.t) or sent to
 * another machine (tests/system/move.t). Before the first beat it prints said= lines: a long history of its console.
 *
 * Module: mem=4M -- beats=200
 * Expect: shut down "every beat was right"
 * Runner: tests/system/snapshot.t
 */
#include "guest/include/kit.h"
#include "lib/math64.h"

#define PAGES_MAX 256
#define WORDS (PAGE_SIZE / sizeof(u32))
#define DATA_SELECTOR 0x33 /* entry 6, ring 3 */
#define APART_MS 100u
#define MULTIPLIER 1664525u
#define INCREMENT 1013904223u

static u32 *pages[PAGES_MAX];
static u32 seeds[PAGES_MAX]; /* of which each has been filled: it is no old state of the page */
static u32 page_count;
static u32 sown = 1; /* the generator's value for the page that is written next */
static u32 base[2] = {0x5EED, 0xBEA7};
static struct virtio_device source;
static bool has_source;
static u32 beats, irqs;

#define SECTORS 32
static struct virtio_device disk;
static bool has_disk;
static u32 sector_seeds[SECTORS]; /* 0: not written yet */

static void on_source(struct trap_frame *frame)
{
	(void)frame;
	irqs++;
}

static void on_disk(struct trap_frame *frame)
{
	(void)frame;
}

static u32 next(u32 value)
{
	return value * MULTIPLIER + INCREMENT;
}

/* The next page that is written to gets new numbers. */
static void fill(u32 number)
{
	u32 value = sown;

	seeds[number] = sown;
	for (u32 i = 0; i < WORDS; i++)
		pages[number][i] = value = next(value);
	sown = next(sown);
}

static bool is_filled(u32 number)
{
	u32 value = seeds[number];

	for (u32 i = 0; i < WORDS; i++)
		if (pages[number][i] != (value = next(value)))
			return false;
	return true;
}

static const char *check_memory(void)
{
	u32 number = beats % page_count;

	if (!is_filled(number))
		return "a page has changed";
	fill(number);
	return NULL;
}

static const char *check_fpu(void)
{
	u32 count;

	__asm__ volatile("fistl %0" : "=m"(count));
	if (count != beats)
		return "the FPU has another number";
	__asm__ volatile("fld1; faddp");
	return NULL;
}

static const char *check_segments(void)
{
	u32 word;

	__asm__ volatile("movl %%fs:4, %0" : "=r"(word));
	return word == base[1] ? NULL : "a segment leads elsewhere";
}

/* The wall clock is that of the last interrupt. */
static bool clocks_agree(struct wall_time now, u64 ticks)
{
	static struct wall_time first;
	static u64 first_ticks;
	u32 khz = lguest_data.tsc_khz, rest, by_tsc, by_wall;

	if (!khz || !beats) /* no interrupt yet: it is an old time */
		return true;
	if (!first_ticks) {
		first = now;
		first_ticks = ticks;
	}
	by_tsc = (u32)divide(ticks - first_ticks, khz, &rest);
	by_wall = wall_ms_between(first, now);
	return by_tsc + APART_MS >= by_wall && by_wall + APART_MS >= by_tsc;
}

/* In a restored guest the TSC has jumped, and the wall clock does with the next interrupt. */
static bool agree_after_interrupt(void)
{
	u32 last = clock_ticks();

	while (clock_ticks() == last)
		cpu_halt();
	return clocks_agree(wall_clock(), rdtsc());
}

static const char *check_clocks(void)
{
	static struct wall_time wall;
	static u64 tsc;
	struct wall_time now = wall_clock();
	u64 ticks = cpu_has_tsc() ? rdtsc() : 0;

	if (now.seconds < wall.seconds ||
	    (now.seconds == wall.seconds && now.nanoseconds < wall.nanoseconds))
		return "the wall clock has gone back";
	if (ticks < tsc)
		return "the TSC has gone back";
	wall = now;
	tsc = ticks;
	return clocks_agree(now, ticks) || agree_after_interrupt()
		   ? NULL
		   : "the TSC and the wall clock differ";
}

/* The queue's indices have to fit those of the device. Two late interrupts may be one. */
static const char *check_device(void)
{
	static u8 bytes[64];
	struct virtio_part part = {bytes, sizeof(bytes)};

	if (!has_source)
		return NULL;
	if (queue_do(&source.queue[0], &part, 0, 1) != sizeof(bytes))
		return "the device has given too few bytes";
	return 2 * irqs >= beats ? NULL : "the device has not interrupted";
}

static bool transfer(u32 type, u32 number, u32 *bytes)
{
	static struct block_header header;
	static volatile u8 status;
	struct virtio_part parts[] = {
	    {&header, sizeof(header)}, {bytes, BLOCK_SECTOR}, {&status, sizeof(status)}};
	bool to_disk = type == BLOCK_WRITE;

	header = (struct block_header){.type = type, .sector = number};
	status = BLOCK_ERROR;
	queue_do(&disk.queue[0], parts, to_disk ? 2 : 1, to_disk ? 1 : 2);
	return status == BLOCK_OK;
}

static bool is_sector_filled(const u32 *words, u32 value)
{
	for (u32 i = 0; value && i < BLOCK_SECTOR / sizeof(u32); i++)
		if (words[i] != (value = next(value)))
			return false;
	return true;
}

/* The n-th word of the disk is n, as the test has written it (reads). */
static bool is_original(const u32 *words, u32 number)
{
	const u32 count = BLOCK_SECTOR / sizeof(u32);

	for (u32 i = 0; i < count; i++)
		if (words[i] != number * count + i)
			return false;
	return true;
}

/* Each beat reads a sector, and writes it anew. */
static const char *check_disk(void)
{
	static u32 words[BLOCK_SECTOR / sizeof(u32)];
	u32 number = beats % SECTORS, value = sown;

	if (!has_disk)
		return NULL;
	if (!transfer(BLOCK_READ, number, words))
		return "the disk cannot be read";
	if (boot_option_number("reads", 0))
		return is_original(words, number) ? NULL : "a sector of the disk is another";
	if (!is_sector_filled(words, sector_seeds[number]))
		return "a sector of the disk has changed";
	sector_seeds[number] = sown;
	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = value = next(value);
	sown = next(sown);
	return transfer(BLOCK_WRITE, number, words) ? NULL : "the disk cannot be written";
}

static const char *check_all(void)
{
	static const char *(*const checks[])(void) = {check_memory, check_fpu,    check_segments,
						      check_clocks, check_device, check_disk};
	const char *problem = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(checks) && !problem; i++)
		problem = checks[i]();
	return problem;
}

static void start(void)
{
	page_count = boot_option_number("pages", 64);
	if (!page_count || page_count > PAGES_MAX)
		page_count = PAGES_MAX;
	paging_start();
	for (u32 i = 0; i < page_count; i++) {
		pages[i] = page_alloc();
		fill(i);
	}
	descriptor_load(DATA_SELECTOR / 8,
			descriptor_make((u32)base, sizeof(base) - 1, 3, SEGMENT_WRITABLE));
	__asm__ volatile("movw %w0, %%fs; fninit; fldz" : : "r"(DATA_SELECTOR));
	has_disk = !boot_option("plain") && virtio_find(&disk, VIRTIO_BLOCK);
	if (has_disk) {
		virtio_start(&disk, 0);
		irq_handle(disk.queue[0].irq, on_disk);
	}
	has_source = !boot_option("plain") && virtio_find(&source, VIRTIO_ENTROPY);
	if (!has_source)
		return;
	virtio_start(&source, 0);
	irq_handle(source.queue[0].irq, on_source);
}

const char *guest_main(void)
{
	const char *problem = NULL;
	u32 last = 0, all = boot_option_number("beats", 200);
	u32 line = boot_option_number("line", 100);

	for (u32 i = 0; i < boot_option_number("said", 0); i++)
		printf("line %u before the first beat\n", i);
	start();
	clock_start(boot_option_number("ms", 1) * NS_PER_MS);
	for (beats = 0; beats < all && !problem; beats++) {
		if (beats % line == 0)
			printf("beat %u\n", beats);
		problem = check_all();
		while (clock_ticks() == last)
			cpu_halt();
		last = clock_ticks();
	}
	clock_stop();
	return problem ? problem : "every beat was right";
}

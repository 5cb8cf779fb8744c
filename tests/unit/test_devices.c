// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's devices, with a driver that does everything wrong. What they call is replaced here: a
 * console with so much room, a disk in memory whose ends the sanitizer watches.
 */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/console.h"
#include "hv/guest.h"
#include "hv/random.h"
#include "hv/schedule.h"

#define MACHINE_FRAMES 2048u
#define FIRST 0x80u
#define RAM_FRAMES 256u
#define RAM (RAM_FRAMES * FRAME_SIZE)
#define DISK_SECTORS 1024u
#define DISK_SIZE (DISK_SECTORS * BLOCK_SECTOR)
#define TEXT_MAX 70000u
#define DRIVER (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER)
#define CHAINS 0x20000u /* gpa: what requests are made of */
#define DATA 0x40000u

static struct guest guest, other;
static struct guest_config config, other_config;
static u8 *disk;
static u32 raised, lines;
static char line[200];

/* -- What devices call ------------------------------------------------------------------------ */

struct scheduler scheduler;

static struct {
	char text[TEXT_MAX];
	u32 length, room;
	void *owner;
	void (*has_room)(void *owner);
	void (*input)(void *owner, char byte);
	bool key_at_write; /* a key is pressed whenever something is written */
	u32 more_room;     /* comes at once, when there is none left */
} terminal;

u32 console_write(struct console *c, const char *bytes, u32 size)
{
	u32 taken = size < terminal.room ? size : terminal.room;

	(void)c;
	assert_true(terminal.length + taken <= TEXT_MAX);
	memcpy(terminal.text + terminal.length, bytes, taken);
	terminal.length += taken;
	terminal.room -= taken;
	if (terminal.key_at_write && terminal.input)
		terminal.input(terminal.owner, 'k');
	if (taken < size && terminal.more_room) {
		terminal.room = terminal.more_room;
		terminal.more_room = 0;
		terminal.has_room(terminal.owner);
	}
	return taken;
}

u32 console_room(const struct console *c)
{
	(void)c;
	return terminal.room;
}

void console_listen(struct console *c, void *owner, void (*has_room)(void *owner),
		    void (*input)(void *owner, char byte))
{
	(void)c;
	terminal.owner = owner;
	terminal.has_room = has_room;
	terminal.input = input;
}

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(line, sizeof(line), text, arguments);
	va_end(arguments);
	lines++;
}

void interrupts_raise(struct guest *g, u32 irq)
{
	assert_true(irq > GUEST_IRQ_TIMER && irq < GUEST_IRQ_COUNT);
	if (g == &guest)
		raised |= 1u << irq;
}

void random_bytes(void *to, u32 size)
{
	assert_true(size <= RANDOM_MOST);
	memset(to, 0x5A, size);
}

/* -- The driver ------------------------------------------------------------------------------- */

/* Where a device's things are, read from its descriptor as a driver does. */
struct found {
	u32 at, queues, offered, accepted, config;
	struct virtio_queue_place queue[DEVICE_QUEUES_MAX];
};

static u32 get(u32 at, u32 size)
{
	u32 value = 0;

	assert_true(guest_read(&guest.memory, to_gpa(at), &value, size));
	return value;
}

static void put(u32 at, u32 value, u32 size)
{
	assert_true(guest_write(&guest.memory, to_gpa(at), &value, size));
}

static struct found find(u32 type)
{
	struct found f = {.at = RAM};
	struct virtio_descriptor head;

	for (;;
	     f.at += sizeof(head) + head.queues * 8 + 2 * head.feature_bytes + head.config_bytes) {
		assert_true(guest_read(&guest.memory, to_gpa(f.at), &head, sizeof(head)));
		assert_int_not_equal(head.type, VIRTIO_END);
		if (head.type == type)
			break;
	}
	f.queues = head.queues;
	assert_true(guest_read(&guest.memory, to_gpa(f.at + sizeof(head)), f.queue,
			       f.queues * sizeof(f.queue[0])));
	f.offered = f.at + sizeof(head) + f.queues * sizeof(f.queue[0]);
	f.accepted = f.offered + head.feature_bytes;
	f.config = f.accepted + head.feature_bytes;
	return f;
}

static void notify(u32 at)
{
	assert_true(devices_notify(&guest, to_gpa(at)));
}

static u8 status(const struct found *f)
{
	return get(f->at + offsetof(struct virtio_descriptor, status), 1);
}

static void set_status(const struct found *f, u8 value)
{
	put(f->at + offsetof(struct virtio_descriptor, status), value, 1);
	notify(f->at);
}

static struct found started(u32 type)
{
	struct found f = find(type);

	set_status(&f, 0);
	put(f.accepted, get(f.offered, 4), 4);
	set_status(&f, DRIVER);
	return f;
}

static u32 ring_at(const struct found *f, u32 queue)
{
	return f->queue[queue].gfn * FRAME_SIZE;
}

static void kick(const struct found *f, u32 queue)
{
	notify(ring_at(f, queue));
}

static u32 available_at(const struct found *f, u32 queue)
{
	return ring_at(f, queue) + f->queue[queue].size * sizeof(struct ring_buffer);
}

static void offer(const struct found *f, u32 queue, u16 head)
{
	u32 at = available_at(f, queue), index = get(at + 2, 2);

	put(at + 4 + index % f->queue[queue].size * 2, head, 2);
	put(at + 2, index + 1, 2);
}

static void buffer(const struct found *f, u32 queue, u32 index, u32 at, u32 size, u16 flags)
{
	struct ring_buffer b = {at, size, flags, index + 1};

	assert_true(guest_write(&guest.memory, to_gpa(ring_at(f, queue) + index * sizeof(b)), &b,
				sizeof(b)));
}

static u32 used_at(const struct found *f, u32 queue)
{
	return ring_at(f, queue) + ring_used_at(f->queue[queue].size);
}

static u32 given_back(const struct found *f, u32 queue)
{
	return get(used_at(f, queue) + 2, 2);
}

static u32 written(const struct found *f, u32 queue, u32 index)
{
	return get(used_at(f, queue) + 4 + index % f->queue[queue].size * 8 + 4, 4);
}

/* -- Guests ----------------------------------------------------------------------------------- */

static void make(struct guest *g, struct guest_config *c, owner_t owner)
{
	u32 frames = RAM_FRAMES + devices_frames(c);

	memset(g, 0, sizeof(*g));
	g->config = c;
	assert_true(
	    frames_open(&g->account, owner, guest_memory_cost(frames) + devices_own_frames(c)));
	assert_true(guest_memory_open(&g->memory, &g->account, frames));
	devices_open(g);
}

static void unmake(struct guest *g)
{
	devices_close(g);
	guest_memory_close(&g->memory);
	frames_close(&g->account);
}

static int start(void **state)
{
	(void)state;
	machine_start(MACHINE_FRAMES);
	frames_add(to_pfn(FIRST), MACHINE_FRAMES - FIRST);
	disk = malloc(DISK_SIZE);
	for (u32 i = 0; i < DISK_SIZE; i++)
		disk[i] = i / BLOCK_SECTOR + i;
	config = (struct guest_config){
	    .name = "one", .number = 1, .memory = RAM, .disk = {disk, DISK_SIZE}};
	other_config = (struct guest_config){.name = "two", .number = 2, .memory = RAM};
	make(&guest, &config, OWNER_FIRST_GUEST);
	make(&other, &other_config, OWNER_FIRST_GUEST + 1);
	memset(&terminal, 0, sizeof(terminal));
	terminal.room = TEXT_MAX;
	raised = lines = 0;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	unmake(&guest);
	unmake(&other);
	assert_null(terminal.input);
	frames_check();
	assert_int_equal(frames_free_count(), MACHINE_FRAMES - FIRST);
	machine_stop();
	free(disk);
	return 0;
}

/* -- The page, and who has what --------------------------------------------------------------- */

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
	assert_int_equal(next, guest.memory.frames);
	assert_int_equal(guest.devices.irqs, 0);
}

static void who_wants_none_has_none(void **state)
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

static void only_their_own_addresses_are_theirs(void **state)
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

static void fails_with_one_line(const struct found *f, const char *text)
{
	assert_int_equal(status(f), VIRTIO_STATUS_FAILED);
	assert_int_equal(lines, 1);
	assert_string_equal(line, text);
	lines = 0;
}

static void a_kick_before_set_up_fails(void **state)
{
	struct found f = find(VIRTIO_BLOCK);

	(void)state;
	kick(&f, 0);
	fails_with_one_line(&f, "guest one: its disk has failed: a queue was kicked before it was "
				"set up");
	kick(&f, 0); /* nothing more is said */
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
	assert_int_equal(guest.devices.irqs, 1u << f.queue[0].irq);
}

static void a_driver_may_give_up(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	assert_non_null(terminal.input);
	set_status(&f, DRIVER | VIRTIO_STATUS_FAILED);
	assert_int_equal(lines, 1);
	assert_string_equal(line, "guest one: its console has failed: its driver has given up");
	assert_null(terminal.input);
	assert_int_equal(guest.devices.irqs, 0);
	f = started(VIRTIO_CONSOLE);
	assert_int_equal(status(&f), DRIVER);
	assert_non_null(terminal.input);
}

static void a_reset_forgets_everything(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	for (u32 at = 0; at < ring_bytes(f.queue[0].size); at++)
		put(ring_at(&f, 0) + at, 0xFF, 1);
	set_status(&f, 0);
	for (u32 at = 0; at < ring_bytes(f.queue[0].size); at++)
		assert_int_equal(get(ring_at(&f, 0) + at, 1), 0);
	assert_int_equal(get(f.accepted, 4), 0);
	assert_int_equal(guest.devices.irqs, 0);
}

static void a_broken_ring_fails_its_device_only(void **state)
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

/* -- Disk ------------------------------------------------------------------------------------- */

static void request(const struct found *f, u32 type, u64 sector, u32 size, u16 data_flags)
{
	struct block_header header = {.type = type, .sector = sector};

	assert_true(guest_write(&guest.memory, to_gpa(CHAINS), &header, sizeof(header)));
	put(CHAINS + 100, 0xEE, 1);
	buffer(f, 0, 0, CHAINS, sizeof(header), RING_NEXT);
	buffer(f, 0, 1, DATA, size, RING_NEXT | data_flags);
	buffer(f, 0, 2, CHAINS + 100, 1, RING_WRITE);
	offer(f, 0, 0);
}

/* Kicks until all is done; returns how often. */
static u32 kick_on(const struct found *f)
{
	u32 kicks = 0;

	do {
		kick(f, 0);
		kicks++;
		assert_true(kicks < 1000);
	} while (guest.devices.unfinished);
	return kicks;
}

static void moves_no_more_than_it_may(void **state)
{
	struct found f = started(VIRTIO_BLOCK);
	u8 *bytes = malloc(DISK_SIZE);

	(void)state;
	request(&f, BLOCK_READ, 0, DISK_SIZE, RING_WRITE);
	assert_true(kick_on(&f) >= DISK_SIZE / DEVICE_BUDGET);
	assert_int_equal(given_back(&f, 0), 1);
	assert_int_equal(written(&f, 0, 0), DISK_SIZE + 1);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_OK);
	assert_true(guest_read(&guest.memory, to_gpa(DATA), bytes, DISK_SIZE));
	assert_memory_equal(bytes, disk, DISK_SIZE);
	free(bytes);
}

/* While a large request is under way, the driver makes another one of it. */
static void a_request_may_change_while_it_is_served(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	request(&f, BLOCK_READ, 0, DISK_SIZE, RING_WRITE);
	kick(&f, 0);
	assert_true(guest.devices.unfinished);
	buffer(&f, 0, 1, DATA, BLOCK_SECTOR, RING_NEXT | RING_WRITE);
	kick(&f, 0);
	assert_false(guest.devices.unfinished);
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
			kick_on(&f);
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
	unmake(&guest);
	config.disk_read_only = true;
	make(&guest, &config, OWNER_FIRST_GUEST);
	f = started(VIRTIO_BLOCK);
	assert_true(get(f.offered, 4) & BLOCK_FEATURE_READ_ONLY);
	put(DATA, ~(u32)disk[0], 4);
	request(&f, BLOCK_WRITE, 0, BLOCK_SECTOR, 0);
	kick(&f, 0);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_ERROR);
	assert_int_equal(disk[0], 0);
}

/* -- Console ---------------------------------------------------------------------------------- */

static void output_waits_for_room(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);
	char text[2000];

	(void)state;
	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	assert_true(guest_write(&guest.memory, to_gpa(DATA), text, sizeof(text)));
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, sizeof(text), 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 700;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_false(guest.devices.unfinished); /* to come again would not help */
	assert_int_equal(terminal.length, 700);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 0);
	for (u32 i = 0; i < 13; i++) {
		assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 0);
		terminal.room = 100;
		terminal.has_room(terminal.owner);
	}
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
	assert_int_equal(terminal.length, sizeof(text));
	assert_memory_equal(terminal.text, text, sizeof(text));
	assert_int_equal(raised, 1u << f.queue[CONSOLE_QUEUE_OUTPUT].irq);
}

/* The console may find room while it is being written to. */
static void room_may_come_at_once(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 100, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 50;
	terminal.more_room = 100;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(terminal.length, 100);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
}

/* Half of it is out when the driver says that it was shorter. */
static void output_may_shrink_while_it_waits(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 1000, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	terminal.room = 500;
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	buffer(&f, CONSOLE_QUEUE_OUTPUT, 0, DATA, 10, 0);
	terminal.room = 500;
	terminal.has_room(terminal.owner);
	assert_int_equal(terminal.length, 500);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 1);
}

static void keys_wait_for_buffers(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	for (u32 i = 0; i < CONSOLE_TYPED_MAX + 100; i++)
		terminal.input(terminal.owner, 'a' + i % 26);
	assert_int_equal(guest.devices.device[0].console.dropped, 100);
	buffer(&f, CONSOLE_QUEUE_INPUT, 0, DATA, 3, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 0);
	buffer(&f, CONSOLE_QUEUE_INPUT, 1, DATA + 3, 4096, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 1);
	kick(&f, CONSOLE_QUEUE_INPUT);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 2);
	assert_int_equal(written(&f, CONSOLE_QUEUE_INPUT, 0), 3);
	assert_int_equal(written(&f, CONSOLE_QUEUE_INPUT, 1), CONSOLE_TYPED_MAX - 3);
	for (u32 i = 0; i < CONSOLE_TYPED_MAX; i++)
		assert_int_equal(get(DATA + i, 1), 'a' + i % 26);
	buffer(&f, CONSOLE_QUEUE_INPUT, 2, DATA, 1, RING_WRITE);
	offer(&f, CONSOLE_QUEUE_INPUT, 2);
	raised = 0;
	kick(&f, CONSOLE_QUEUE_INPUT);
	assert_int_equal(raised, 0);
	terminal.input(terminal.owner, 'z');
	assert_int_equal(raised, 1u << f.queue[CONSOLE_QUEUE_INPUT].irq);
	assert_int_equal(get(DATA, 1), 'z');
}

static void input_needs_a_buffer_to_write(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	buffer(&f, CONSOLE_QUEUE_INPUT, 0, DATA, 1, 0);
	offer(&f, CONSOLE_QUEUE_INPUT, 0);
	terminal.input(terminal.owner, 'z');
	fails_with_one_line(&f, "guest one: its console has failed: a buffer for input that cannot "
				"be written");
}

/* The console calls back while it is written to. */
static void keys_come_during_output(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	terminal.key_at_write = true;
	for (u32 i = 0; i < 4; i++) {
		buffer(&f, CONSOLE_QUEUE_INPUT, i, DATA + i, 1, RING_WRITE);
		offer(&f, CONSOLE_QUEUE_INPUT, i);
		buffer(&f, CONSOLE_QUEUE_OUTPUT, i, DATA + 0x100, 10, 0);
		offer(&f, CONSOLE_QUEUE_OUTPUT, i);
	}
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_OUTPUT), 4);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 4);
	assert_int_equal(terminal.length, 40);
	/* An input queue that breaks meanwhile takes the whole device with it. */
	offer(&f, CONSOLE_QUEUE_INPUT, 0xFFFF);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 0);
	offer(&f, CONSOLE_QUEUE_OUTPUT, 1);
	kick(&f, CONSOLE_QUEUE_OUTPUT);
	assert_int_equal(status(&f), VIRTIO_STATUS_FAILED);
	assert_int_equal(terminal.length, 50);
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
	assert_int_equal(kick_on(&f), 2);
	assert_int_equal(given_back(&f, 0), f.queue[0].size);
}

/* -- Network ---------------------------------------------------------------------------------- */

static struct switch_port peer;

/* Another port of the switch, paid by the other guest. */
static void join(void)
{
	assert_true(switch_join(&peer, &other.account, 0x123456));
}

static void transmit(const struct found *f, u32 size)
{
	buffer(f, NET_QUEUE_TRANSMIT, 0, CHAINS, sizeof(struct net_header), RING_NEXT);
	buffer(f, NET_QUEUE_TRANSMIT, 1, DATA, size, 0);
	offer(f, NET_QUEUE_TRANSMIT, 0);
	kick(f, NET_QUEUE_TRANSMIT);
}

static void frames_have_a_size(void **state)
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

static void whatever_a_driver_does_is_survived(void **state)
{
	static const u32 types[] = {VIRTIO_CONSOLE, VIRTIO_ENTROPY, VIRTIO_BLOCK, VIRTIO_NET};
	struct found all[ARRAY_SIZE(types)];
	u32 end = guest.memory.frames * FRAME_SIZE, done = 0;

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
#define DEVICE_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(rings_lie_behind_the_page_and_apart),
	    DEVICE_TEST(who_wants_none_has_none),
	    DEVICE_TEST(only_their_own_addresses_are_theirs),
	    DEVICE_TEST(a_kick_before_set_up_fails),
	    DEVICE_TEST(features_must_have_been_offered),
	    DEVICE_TEST(a_driver_may_give_up),
	    DEVICE_TEST(a_reset_forgets_everything),
	    DEVICE_TEST(a_broken_ring_fails_its_device_only),
	    DEVICE_TEST(moves_no_more_than_it_may),
	    DEVICE_TEST(a_request_may_change_while_it_is_served),
	    DEVICE_TEST(stays_within_the_disk),
	    DEVICE_TEST(a_request_needs_header_and_status),
	    DEVICE_TEST(a_read_only_disk_is_not_written),
	    DEVICE_TEST(output_waits_for_room),
	    DEVICE_TEST(room_may_come_at_once),
	    DEVICE_TEST(output_may_shrink_while_it_waits),
	    DEVICE_TEST(keys_wait_for_buffers),
	    DEVICE_TEST(input_needs_a_buffer_to_write),
	    DEVICE_TEST(keys_come_during_output),
	    DEVICE_TEST(entropy_fills_in_part),
	    DEVICE_TEST(entropy_costs_more_than_copying),
	    DEVICE_TEST(frames_have_a_size),
	    DEVICE_TEST(frames_wait_for_buffers),
	    DEVICE_TEST(buffers_must_hold_any_frame),
	    DEVICE_TEST(whatever_a_driver_does_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest with devices, their driver, and the functions that the devices call. */
#include "tests/unit/device_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/base/random.h"
#include "hv/sched/schedule.h"

#define MACHINE_FRAMES 2048u
#define FIRST 0x80u

struct guest guest, other, *driven;
struct guest_config config, other_config;
u8 *disk;
u32 raised, lines;
char line[200], killed[200];

/* -- Functions that devices call -------------------------------------------------------------- */

struct wake wake;

void guest_kill(struct guest *g, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(killed, sizeof(killed), text, arguments);
	va_end(arguments);
	g->space.state = GUEST_KILLED;
}

void schedule_soon_for(const struct guest *g)
{
	(void)g;
	schedule_soon();
}

struct terminal terminal;

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
		    bool (*input)(void *owner, char byte))
{
	(void)c;
	terminal.owner = owner;
	terminal.has_room = has_room;
	terminal.input = input;
}

void console_input_retry(void)
{
	terminal.retries++;
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

u32 get(u32 at, u32 size)
{
	u32 value = 0;

	assert_true(guest_read(&driven->space.memory, to_gpa(at), &value, size));
	return value;
}

void put(u32 at, u32 value, u32 size)
{
	assert_true(guest_write(&driven->space.memory, to_gpa(at), &value, size));
}

struct found find(u32 type)
{
	struct found f = {.at = RAM};
	struct virtio_descriptor head;

	for (;;
	     f.at += sizeof(head) + head.queues * 8 + 2 * head.feature_bytes + head.config_bytes) {
		assert_true(guest_read(&driven->space.memory, to_gpa(f.at), &head, sizeof(head)));
		assert_int_not_equal(head.type, VIRTIO_END);
		if (head.type == type)
			break;
	}
	f.queues = head.queues;
	assert_true(guest_read(&driven->space.memory, to_gpa(f.at + sizeof(head)), f.queue,
			       f.queues * sizeof(f.queue[0])));
	f.offered = f.at + sizeof(head) + f.queues * sizeof(f.queue[0]);
	f.accepted = f.offered + head.feature_bytes;
	f.config = f.accepted + head.feature_bytes;
	return f;
}

u32 serve_all(void)
{
	u32 stretches = 1;

	while (devices_serve(driven) == AGAIN)
		assert_true(stretches++ < 1000);
	return stretches;
}

void notify(u32 at)
{
	assert_true(devices_notify(driven, to_gpa(at)));
	serve_all();
}

u8 status(const struct found *f)
{
	return get(f->at + offsetof(struct virtio_descriptor, status), 1);
}

void set_status(const struct found *f, u8 value)
{
	put(f->at + offsetof(struct virtio_descriptor, status), value, 1);
	notify(f->at);
}

struct found started(u32 type)
{
	struct found f = find(type);

	set_status(&f, 0);
	put(f.accepted, get(f.offered, 4), 4);
	set_status(&f, DRIVER);
	return f;
}

u32 ring_at(const struct found *f, u32 queue)
{
	return f->queue[queue].gfn * FRAME_SIZE;
}

void kick(const struct found *f, u32 queue)
{
	notify(ring_at(f, queue));
}

static u32 available_at(const struct found *f, u32 queue)
{
	return ring_at(f, queue) + f->queue[queue].size * sizeof(struct ring_buffer);
}

void offer(const struct found *f, u32 queue, u16 head)
{
	u32 at = available_at(f, queue), index = get(at + 2, 2);

	put(at + 4 + index % f->queue[queue].size * 2, head, 2);
	put(at + 2, index + 1, 2);
}

void buffer(const struct found *f, u32 queue, u32 index, u32 at, u32 size, u16 flags)
{
	struct ring_buffer b = {at, size, flags, index + 1};

	assert_true(guest_write(&driven->space.memory,
				to_gpa(ring_at(f, queue) + index * sizeof(b)), &b, sizeof(b)));
}

static u32 used_at(const struct found *f, u32 queue)
{
	return ring_at(f, queue) + ring_used_at(f->queue[queue].size);
}

u32 given_back(const struct found *f, u32 queue)
{
	return get(used_at(f, queue) + 2, 2);
}

u32 written(const struct found *f, u32 queue, u32 index)
{
	return get(used_at(f, queue) + 4 + index % f->queue[queue].size * 8 + 4, 4);
}

void request(const struct found *f, u32 type, u64 sector, u32 size, u16 data_flags)
{
	struct block_header header = {.type = type, .sector = sector};

	assert_true(guest_write(&driven->space.memory, to_gpa(CHAINS), &header, sizeof(header)));
	put(CHAINS + 100, 0xEE, 1);
	buffer(f, 0, 0, CHAINS, sizeof(header), RING_NEXT);
	buffer(f, 0, 1, DATA, size, RING_NEXT | data_flags);
	buffer(f, 0, 2, CHAINS + 100, 1, RING_WRITE);
	offer(f, 0, 0);
}

void fails_with_one_line(const struct found *f, const char *text)
{
	assert_int_equal(status(f), VIRTIO_STATUS_FAILED);
	assert_int_equal(lines, 1);
	assert_string_equal(line, text);
	lines = 0;
}

/* -- Guests ----------------------------------------------------------------------------------- */

static struct guest_devices its_devices, other_devices;

void make_guest(struct guest *g, struct guest_config *c, owner_t owner)
{
	u32 frames = RAM_FRAMES + devices_frames(c);

	memset(g, 0, sizeof(*g));
	g->config = c;
	g->devices = g == &guest ? &its_devices : &other_devices;
	assert_true(frames_open(&g->space.account, owner,
				guest_memory_cost(frames) + devices_own_frames(c)));
	assert_true(guest_memory_open(&g->space.memory, &g->space.account, frames));
	devices_open(g);
}

void unmake_guest(struct guest *g)
{
	devices_close(g);
	guest_memory_close(&g->space.memory);
	frames_close(&g->space.account);
}

int devices_start(void **state)
{
	(void)state;
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, MACHINE_FRAMES - FIRST);
	disk = malloc(DISK_SIZE);
	for (u32 i = 0; i < DISK_SIZE; i++)
		disk[i] = i / BLOCK_SECTOR + i;
	config = (struct guest_config){
	    .name = "one", .number = 1, .memory = RAM, .disk = {disk, DISK_SIZE}};
	other_config = (struct guest_config){.name = "two", .number = 2, .memory = RAM};
	make_guest(&guest, &config, OWNER_FIRST_GUEST);
	make_guest(&other, &other_config, OWNER_FIRST_GUEST + 1);
	memset(&terminal, 0, sizeof(terminal));
	terminal.room = TEXT_MAX;
	raised = lines = 0;
	killed[0] = 0;
	driven = &guest;
	return 0;
}

int devices_stop(void **state)
{
	(void)state;
	unmake_guest(&guest);
	unmake_guest(&other);
	assert_null(terminal.input);
	frames_check(NULL);
	assert_int_equal(frames_free_count(), MACHINE_FRAMES - FIRST);
	machine_stop();
	free(disk);
	return 0;
}

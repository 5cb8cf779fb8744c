// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The devices of a clone and of a restored guest: they go on where the others were, and share nothing with
 * them but frames of memory. State that no device can have is refused.
 */
#include "tests/unit/device_driver.h"

#include <string.h>

enum { CONSOLE, ENTROPY, BLOCK, NET }; /* numbers of a guest's devices */

/* -- Clones ----------------------------------------------------------------------------------- */

/* Funds of shared frames, for the parts of one memory or disk. */
static void share(struct guest_memory *from, struct guest_memory *to)
{
	struct frame_account funds;

	assert_true(frames_open(&funds, OWNER_SHARED, from->owned));
	while (!guest_memory_share_some(from, to, &funds, to_gfn(0), 0))
		;
	frames_close(&funds);
}

static void open_disk(struct guest *g, u32 frames)
{
	assert_true(guest_memory_open(&g->disk, &g->space.account, frames));
	g->disk.budget = &g->space.memory;
	g->space.memory.owned_max += frames;
}

/* Makes `other` a clone of `guest`. Both write to pages of their own of the disk from now on. */
static void make_clone(bool stands)
{
	struct guest_devices *devices = other.devices;
	u32 frames = guest.space.memory.frames, pages = frames_for(config.disk.size);

	unmake_guest(&other);
	memset(&other, 0, sizeof(other));
	other_config = config;
	other_config.name = "two";
	other_config.number = 2;
	other.config = &other_config;
	other.devices = devices;
	other.stands = stands;
	assert_true(frames_open(&other.space.account, OWNER_FIRST_GUEST + 1,
				guest_memory_cost(frames) + guest_memory_cost(pages) +
				    devices_own_frames(&config)));
	assert_true(guest_memory_open(&other.space.memory, &other.space.account, frames));
	share(&guest.space.memory, &other.space.memory);
	if (!guest.disk.frames) {
		assert_true(frames_extend(&guest.space.account, guest_memory_cost(pages)));
		open_disk(&guest, pages);
	}
	open_disk(&other, pages);
	share(&guest.disk, &other.disk);
	devices_clone(&other, &guest);
}

static void end_disks(void)
{
	guest_memory_close(&guest.disk);
	guest_memory_close(&other.disk);
}

static void type(const char *keys)
{
	while (*keys)
		terminal.input(terminal.owner, *keys++);
}

/* Gives the console a buffer, and asserts which keys come into it. */
static void takes_keys(const struct found *f, const char *keys)
{
	u32 before = given_back(f, CONSOLE_QUEUE_INPUT);

	buffer(f, CONSOLE_QUEUE_INPUT, 0, DATA, 100, RING_WRITE);
	offer(f, CONSOLE_QUEUE_INPUT, 0);
	kick(f, CONSOLE_QUEUE_INPUT);
	assert_int_equal(given_back(f, CONSOLE_QUEUE_INPUT), before + 1);
	assert_int_equal(written(f, CONSOLE_QUEUE_INPUT, before), strlen(keys));
	for (u32 i = 0; keys[i]; i++)
		assert_int_equal(get(DATA + i, 1), keys[i]);
}

static void clone_has_keys_and_rings_of_its_own(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	type("a");
	takes_keys(&f, "a");
	type("bc");
	make_clone(false);
	assert_ptr_equal(terminal.owner, &other.devices->device[CONSOLE]);
	assert_int_equal(other.device_state.irqs, guest.device_state.irqs);
	driven = &other;
	assert_int_equal(status(&f), DRIVER);
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 1);
	type("d");
	takes_keys(&f, "bcd");
	driven = &guest;
	assert_int_equal(given_back(&f, CONSOLE_QUEUE_INPUT), 1);
	takes_keys(&f, "bc");
	end_disks();
}

static void devices_at_rest_are_cloned_at_rest(void **state)
{
	struct found f;

	(void)state;
	make_clone(false);
	assert_null(terminal.input);
	assert_false(other.devices->device[NET].net.joined);
	driven = &other;
	f = started(VIRTIO_BLOCK);
	assert_int_equal(guest.devices->device[BLOCK].state, DEVICE_RESET);
	request(&f, BLOCK_READ, 1, BLOCK_SECTOR, RING_WRITE);
	kick(&f, 0);
	assert_int_equal(get(DATA, 1), disk[BLOCK_SECTOR]);
	end_disks();
}

static void failure_is_reported_for_the_parent_only(void **state)
{
	struct found f = find(VIRTIO_BLOCK);

	(void)state;
	assert_true(devices_notify(&guest, to_gpa(ring_at(&f, 0)))); /* before it is set up */
	make_clone(false);
	devices_report(&other);
	assert_int_equal(lines, 0);
	driven = &other;
	assert_int_equal(status(&f), VIRTIO_STATUS_FAILED);
	driven = &guest;
	devices_report(&guest);
	fails_with_one_line(&f, "guest one: its disk has failed: a queue was kicked before it was "
				"set up");
	end_disks();
}

/* -- The network card ------------------------------------------------------------------------- */

static u64 own_address(const struct found *f)
{
	return get(f->config, 4) | (u64)get(f->config + 4, 2) << 32;
}

static void offer_to_receive(const struct found *f)
{
	buffer(f, NET_QUEUE_RECEIVE, 0, DATA, 2048, RING_WRITE);
	offer(f, NET_QUEUE_RECEIVE, 0);
	kick(f, NET_QUEUE_RECEIVE);
}

static void clone_has_a_port_and_an_address_of_its_own(void **state)
{
	static const u8 frame[100] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	struct found f = started(VIRTIO_NET);
	struct switch_port peer = {0};

	(void)state;
	assert_true(switch_join(&peer, &guest.space.account, 0x123456));
	switch_send(&peer, frame, sizeof(frame)); /* waits for the parent */
	make_clone(false);
	driven = &other;
	offer_to_receive(&f);
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 0);
	assert_int_equal(own_address(&f) >> 40, 2);
	switch_send(&peer, frame, sizeof(frame));
	serve_all();
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 1);
	driven = &guest;
	assert_int_equal(own_address(&f) >> 40, 1);
	offer_to_receive(&f);
	offer_to_receive(&f);
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 2);
	switch_leave(&peer);
	end_disks();
}

static void clone_that_stands_takes_nothing_over(void **state)
{
	struct found f = started(VIRTIO_NET);

	(void)state;
	started(VIRTIO_CONSOLE);
	make_clone(true);
	assert_ptr_equal(terminal.owner, &guest.devices->device[CONSOLE]);
	driven = &other;
	assert_int_equal(own_address(&f) >> 40, 1);
	other.devices->count = 0; /* they are the parent's */
	driven = &guest;
	offer_to_receive(&f);
	assert_int_equal(given_back(&f, NET_QUEUE_RECEIVE), 0);
	end_disks();
}

/* -- The disk --------------------------------------------------------------------------------- */

static void transfer(struct guest *g, u32 type, u32 sector, u32 sectors)
{
	struct found f;

	driven = g;
	f = find(VIRTIO_BLOCK);
	request(&f, type, sector, sectors * BLOCK_SECTOR, type == BLOCK_READ ? RING_WRITE : 0);
	kick(&f, 0);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_OK);
}

static void write_sectors(struct guest *g, u32 sector, u32 sectors, u8 value)
{
	driven = g;
	for (u32 i = 0; i < sectors * BLOCK_SECTOR; i++)
		put(DATA + i, value, 1);
	transfer(g, BLOCK_WRITE, sector, sectors);
}

/* Asserts that sector after sector begins with `value`. */
static void has(struct guest *g, u32 sector, u32 sectors, u8 value)
{
	transfer(g, BLOCK_READ, sector, sectors);
	for (u32 i = 0; i < sectors; i++)
		assert_int_equal(get(DATA + i * BLOCK_SECTOR, 1), value);
}

static void has_the_modules(struct guest *g, u32 sector, u32 sectors)
{
	for (u32 i = sector; i < sector + sectors; i++)
		has(g, i, 1, disk[i * BLOCK_SECTOR]);
}

/* Requests that begin within a page of the disk, and are longer than one. */
static void neither_sees_what_the_other_writes_to_the_disk(void **state)
{
	(void)state;
	started(VIRTIO_BLOCK);
	write_sectors(&guest, 3, 1, 0x33); /* to the module: no clone has been made */
	assert_int_equal(disk[3 * BLOCK_SECTOR], 0x33);
	make_clone(false);
	write_sectors(&guest, 5, 12, 0x11);
	write_sectors(&other, 7, 2, 0x22);
	write_sectors(&other, DISK_SECTORS - 1, 1, 0x44);
	has(&guest, 3, 1, 0x33);
	has(&other, 3, 1, 0x33);
	has(&guest, 5, 12, 0x11);
	has(&other, 7, 2, 0x22);
	has(&other, DISK_SECTORS - 1, 1, 0x44);
	has_the_modules(&guest, 17, 20);
	has_the_modules(&other, 4, 3);
	has_the_modules(&other, 9, 20);
	has_the_modules(&guest, DISK_SECTORS - 2, 2);
	assert_int_equal(disk[7 * BLOCK_SECTOR], (u8)(7 * BLOCK_SECTOR + 7));
	end_disks();
}

static void disk_may_end_within_a_page(void **state)
{
	(void)state;
	unmake_guest(&guest);
	config.disk.size = 9 * BLOCK_SECTOR + 17;
	make_guest(&guest, &config, OWNER_FIRST_GUEST);
	started(VIRTIO_BLOCK);
	make_clone(false);
	write_sectors(&other, 8, 1, 0x22);
	has(&other, 8, 1, 0x22);
	has_the_modules(&other, 0, 8);
	has_the_modules(&guest, 0, 9);
	end_disks();
}

static void write_waits_until_a_frame_is_left(void **state)
{
	struct found f = started(VIRTIO_BLOCK);

	(void)state;
	make_clone(false);
	write_sectors(&other, 0, 1, 0x22); /* the ring's frames are the clone's now */
	other.space.memory.owned_max = other.space.memory.owned;
	request(&f, BLOCK_WRITE, 100, BLOCK_SECTOR, 0);
	assert_true(devices_notify(&other, to_gpa(ring_at(&f, 0))));
	assert_int_equal(devices_serve(&other), AGAIN);
	assert_int_equal(devices_serve(&other), AGAIN);
	assert_int_equal(get(CHAINS + 100, 1), 0xEE);
	other.space.memory.owned_max++;
	assert_int_equal(devices_serve(&other), DONE);
	assert_int_equal(get(CHAINS + 100, 1), BLOCK_OK);
	end_disks();
}

/* -- Snapshots -------------------------------------------------------------------------------- */

static struct snapshot_devices saved;
static shared_data_t its_data;

/* Makes `other` anew, with the memory of `guest`, as a restored guest before its devices' state. */
static void make_restored(void)
{
	u8 page[FRAME_SIZE];

	unmake_guest(&other);
	other_config = config;
	make_guest(&other, &other_config, OWNER_FIRST_GUEST + 1);
	for (u32 at = 0; at < guest.space.memory.frames * FRAME_SIZE; at += FRAME_SIZE) {
		assert_true(guest_read(&guest.space.memory, to_gpa(at), page, sizeof(page)));
		assert_true(guest_write(&other.space.memory, to_gpa(at), page, sizeof(page)));
	}
	other.shared = &its_data;
}

static void restored_devices_go_on(void **state)
{
	struct found console = started(VIRTIO_CONSOLE), block = started(VIRTIO_BLOCK);
	struct snapshot_devices again;

	(void)state;
	type("a");
	takes_keys(&console, "a");
	type("bc");
	transfer(&guest, BLOCK_READ, 1, 1);
	request(&block, BLOCK_READ, 2, BLOCK_SECTOR, RING_WRITE);
	assert_true(devices_notify(&guest, to_gpa(ring_at(&block, 0))));
	devices_save(&guest, &saved);
	make_restored();
	devices_restore(&other, &saved);
	devices_save(&other, &again);
	assert_memory_equal(&again, &saved, sizeof(saved));
	assert_true(other.device_state.pending);
	assert_int_equal(other.device_state.irqs, guest.device_state.irqs);
	assert_int_equal(other.devices->device[NET].state, DEVICE_RESET);
	driven = &other;
	serve_all(); /* the request that was pending */
	assert_int_equal(given_back(&block, 0), 2);
	assert_int_equal(get(DATA, 1), disk[2 * BLOCK_SECTOR]);
	type("d");
	takes_keys(&console, "bcd");
}

static void failed_device_stays_failed(void **state)
{
	struct found f = started(VIRTIO_CONSOLE);

	(void)state;
	set_status(&f, DRIVER | VIRTIO_STATUS_FAILED);
	devices_save(&guest, &saved);
	saved.typed = 3; /* of no use to it */
	make_restored();
	devices_restore(&other, &saved);
	assert_int_equal(other.devices->device[CONSOLE].state, DEVICE_FAILED);
	assert_int_equal(other.devices->device[CONSOLE].console.count, 0);
	assert_null(terminal.input);
	assert_string_equal(killed, "");
}

static void is_refused(const char *why)
{
	make_restored();
	devices_restore(&other, &saved);
	assert_string_equal(killed, why);
	assert_int_equal(other.space.state, GUEST_KILLED);
	killed[0] = 0;
	devices_save(&guest, &saved);
}

static void state_that_cannot_be_is_refused(void **state)
{
	(void)state;
	started(VIRTIO_CONSOLE);
	started(VIRTIO_NET);
	devices_save(&guest, &saved);
	saved.count = 3;
	is_refused("it has 3 devices and 0 keys, which cannot be");
	saved.typed = CONSOLE_TYPED_MAX + 1;
	is_refused("it has 4 devices and 513 keys, which cannot be");
	saved.device[ENTROPY].type = VIRTIO_BLOCK;
	is_refused("bad state of the entropy source");
	saved.device[CONSOLE].state = DEVICE_FAILED + 1;
	is_refused("bad state of the console");
	saved.device[NET].accepted = 1u << 31;
	is_refused("bad state of the network card");
	saved.device[NET].pending = 1u << 2;
	is_refused("bad state of the network card");
	saved.device[BLOCK].pending = 1; /* and it does not run */
	is_refused("bad state of the disk");
}

static void no_device_runs_before_lguest_init(void **state)
{
	(void)state;
	started(VIRTIO_ENTROPY);
	devices_save(&guest, &saved);
	make_restored();
	other.shared = NULL;
	devices_restore(&other, &saved);
	assert_string_equal(killed, "bad state of the entropy source");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICE_TEST(clone_has_keys_and_rings_of_its_own),
	    DEVICE_TEST(devices_at_rest_are_cloned_at_rest),
	    DEVICE_TEST(failure_is_reported_for_the_parent_only),
	    DEVICE_TEST(clone_has_a_port_and_an_address_of_its_own),
	    DEVICE_TEST(clone_that_stands_takes_nothing_over),
	    DEVICE_TEST(neither_sees_what_the_other_writes_to_the_disk),
	    DEVICE_TEST(disk_may_end_within_a_page),
	    DEVICE_TEST(write_waits_until_a_frame_is_left),
	    DEVICE_TEST(restored_devices_go_on),
	    DEVICE_TEST(failed_device_stays_failed),
	    DEVICE_TEST(state_that_cannot_be_is_refused),
	    DEVICE_TEST(no_device_runs_before_lguest_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

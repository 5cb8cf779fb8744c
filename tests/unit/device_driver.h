/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's devices, with a driver that can make every mistake. The functions that devices call are
 * replaced here: by a console with limited room, and by a disk in memory, whose ends the sanitizer
 * watches.
 */
#ifndef TESTS_UNIT_DEVICE_DRIVER_H
#define TESTS_UNIT_DEVICE_DRIVER_H

#include "tests/unit/native.h"

#include "hv/console/console_output.h"
#include "hv/guest.h"
#include "hv/virtio/devices.h"

#define RAM_FRAMES 256u
#define RAM (RAM_FRAMES * FRAME_SIZE)
#define DISK_SECTORS 1024u
#define DISK_SIZE (DISK_SECTORS * BLOCK_SECTOR)
#define TEXT_MAX 70000u
#define DRIVER (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER)
#define CHAINS 0x20000u /* gpa of the buffers of requests */
#define DATA 0x40000u

/* Made before each test; only the first has a disk. */
#define DEVICE_TEST(test) cmocka_unit_test_setup_teardown(test, devices_start, devices_stop)
int devices_start(void **state);
int devices_stop(void **state);

extern struct guest guest, other;
extern struct guest *driven; /* whose driver the functions below are: `guest` at first */
extern struct guest_config config, other_config;
extern u8 *disk;
extern u32 raised;       /* interrupts of `guest` */
extern u32 lines;        /* the number of lines that the hypervisor has printed ... */
extern char line[200];   /* ... and the last of them */
extern char killed[200]; /* why a guest has been killed; empty: none has */

void make_guest(struct guest *g, struct guest_config *c, owner_t owner);
void unmake_guest(struct guest *g);

/* The console that a guest's console device writes to. */
extern struct terminal {
	char text[TEXT_MAX];
	u32 length, room;
	void *owner;
	void (*has_room)(void *owner);
	bool (*input)(void *owner, char byte);
	bool key_at_write; /* a key is pressed whenever something is written */
	u32 more_room;     /* comes at once, when there is none left */
	u32 retries;       /* calls of console_input_retry */
} terminal;

/* Little-endian, anywhere in the guest's memory. */
u32 get(u32 at, u32 size);
void put(u32 at, u32 value, u32 size);

/* A device's parts, read from its descriptor as a driver does. */
struct found {
	u32 at, queues, offered, accepted, config;
	struct virtio_queue_place queue[DEVICE_QUEUES_MAX];
};

struct found find(u32 type);
struct found started(u32 type);
void notify(u32 at);

/* Serves what is pending, in as many stretches as it takes. Returns how many. */
u32 serve_all(void);
u8 status(const struct found *f);
void set_status(const struct found *f, u8 value);

/* One descriptor of a ring, the head of a chain made available, and what has come back. */
u32 ring_at(const struct found *f, u32 queue);
void buffer(const struct found *f, u32 queue, u32 index, u32 at, u32 size, u16 flags);
void offer(const struct found *f, u32 queue, u16 head);
void kick(const struct found *f, u32 queue);
u32 given_back(const struct found *f, u32 queue);
u32 written(const struct found *f, u32 queue, u32 index);

/* Offers the disk a request at CHAINS, its data at DATA, its status at CHAINS + 100. */
void request(const struct found *f, u32 type, u64 sector, u32 size, u16 data_flags);

/* Asserts that the device has failed, and that the hypervisor has printed one line about it. */
void fails_with_one_line(const struct found *f, const char *text);

#endif

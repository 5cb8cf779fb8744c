/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices: find one, negotiate its features, and use its queues.
 *
 *	struct virtio_device console;
 *
 *	if (virtio_find(&console, VIRTIO_CONSOLE)) {
 *		virtio_start(&console, 0);
 *		queue_send(&console.queue[CONSOLE_QUEUE_OUTPUT], "hello\n", 6);
 *	}
 *
 * The device reads and writes the guest's memory by guest-physical addresses: buffers lie in the
 * image or in pages of page_alloc. Find devices after paging_start, if you call that: devices lie
 * above RAM, where nothing else is mapped.
 */
#ifndef GUEST_VIRTIO_H
#define GUEST_VIRTIO_H

#include "abi/virtio.h"
#include "guest/include/memory.h"

#define VIRTIO_QUEUES_MAX 2
#define QUEUE_SIZE_MAX 128

struct virtio_queue {
	u16 size, irq;
	gpa_t at;
	volatile struct ring_buffer *buffers;
	volatile struct ring_available *available;
	volatile struct ring_used *used;
	u16 first_free, free; /* buffers that are in no chain, a chain themselves */
	u16 taken;            /* used elements that were seen */
};

struct virtio_device {
	gpa_t at;
	volatile struct virtio_descriptor *descriptor;
	u32 queues;
	struct virtio_queue queue[VIRTIO_QUEUES_MAX];
};

/* A buffer of a chain. */
struct virtio_part {
	volatile void *bytes;
	u32 size;
};

/* The first device of that type; false if there is none. */
bool virtio_find(struct virtio_device *device, enum virtio_type type);

/* The features that it offers, and its configuration. */
u32 virtio_features(const struct virtio_device *device);
void virtio_config(const struct virtio_device *device, void *to, u32 size);

/* Resets it, and starts it with these features; then all of its queues are empty. */
void virtio_start(struct virtio_device *device, u32 features);
void virtio_reset(struct virtio_device *device);

/* Writes the status; `tell`: and announces it. For tests: virtio_start has done it already. */
void virtio_set_status(struct virtio_device *device, u8 status, bool tell);
u8 virtio_status(const struct virtio_device *device);

/* Offers a chain: first `reads` buffers that the device reads, then `writes` ones that it writes.
 * Returns its head, by which queue_take names it; panics when there are not that many free. */
u16 queue_put(struct virtio_queue *queue, const struct virtio_part *parts, u32 reads, u32 writes);

/* Tells the device that there are new chains. */
void queue_kick(struct virtio_queue *queue);

/* A chain that the device has given back; false if there is none. */
bool queue_take(struct virtio_queue *queue, u16 *head, u32 *written);

/* The same, and sleeps until there is one. Its interrupt must have a handler (irq_handle). */
u32 queue_wait(struct virtio_queue *queue);

/* Offers one chain, kicks, waits until it is back, and returns how many bytes were written. */
u32 queue_do(struct virtio_queue *queue, const struct virtio_part *parts, u32 reads, u32 writes);
void queue_send(struct virtio_queue *queue, const void *bytes, u32 size);

/* Requests, or suppresses, interrupts for chains that the device gives back. After a reset they are
 * requested. */
void queue_interrupts(struct virtio_queue *queue, bool wanted);

#endif

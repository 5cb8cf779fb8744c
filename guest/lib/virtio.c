// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices, as Linux's lguest bus and virtio rings drive them.
 *	1. Finding a device
 *	2. Its status
 *	3. Its queues
 */
#include "guest/include/virtio.h"
#include "guest/include/boot.h"
#include "guest/include/interrupt.h"
#include "guest/include/paging.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

/* --- 1. Finding a device --- */

/* The kit's own page tables map nothing above RAM. */
static volatile void *map(gpa_t at, u32 bytes)
{
	u32 offset;

	for (offset = 0; kernel_directory && offset < bytes; offset += PAGE_SIZE)
		page_map(kernel_directory, (u32)gpa_pointer(at + offset), at + offset, PTE_WRITE);
	return gpa_pointer(at);
}

static u32 descriptor_size(const volatile struct virtio_descriptor *d)
{
	return sizeof(*d) + d->queues * sizeof(struct virtio_queue_place) + 2 * d->feature_bytes +
	       d->config_bytes;
}

static volatile u8 *features_of(const struct virtio_device *device)
{
	return (volatile u8 *)(device->descriptor + 1) +
	       device->queues * sizeof(struct virtio_queue_place);
}

static void find_queue(struct virtio_device *device, u32 index)
{
	const volatile struct virtio_queue_place *place =
	    (const volatile struct virtio_queue_place *)(device->descriptor + 1) + index;
	struct virtio_queue *queue = &device->queue[index];
	volatile u8 *ring;

	*queue = (struct virtio_queue){
	    .size = place->size, .irq = place->irq, .at = place->gfn << PAGE_SHIFT};
	ASSERT(queue->size && queue->size <= QUEUE_SIZE_MAX);
	ring = map(queue->at, ring_bytes(queue->size));
	queue->buffers = (volatile struct ring_buffer *)ring;
	queue->available = (volatile struct ring_available *)(queue->buffers + queue->size);
	queue->used = (volatile struct ring_used *)(ring + ring_used_at(queue->size));
}

bool virtio_find(struct virtio_device *device, enum virtio_type type)
{
	gpa_t page = boot_memory();
	volatile u8 *at = map(page, PAGE_SIZE), *end = at + PAGE_SIZE;
	volatile struct virtio_descriptor *d;
	u32 i;

	for (; at < end; at += descriptor_size(d)) {
		d = (volatile struct virtio_descriptor *)at;
		if (d->type == VIRTIO_END)
			return false;
		if (d->type != type)
			continue;
		ASSERT(d->queues <= VIRTIO_QUEUES_MAX);
		*device = (struct virtio_device){gpa_of(d), d, d->queues, {{0}}};
		for (i = 0; i < device->queues; i++)
			find_queue(device, i);
		return true;
	}
	return false;
}

static void copy_in(void *to, const volatile u8 *from, u32 size)
{
	u8 *byte = to;

	while (size--)
		*byte++ = *from++;
}

u32 virtio_features(const struct virtio_device *device)
{
	u32 features = 0, size = device->descriptor->feature_bytes;

	copy_in(&features, features_of(device), min_u32(size, sizeof(features)));
	return features;
}

void virtio_config(const struct virtio_device *device, void *to, u32 size)
{
	ASSERT(size <= device->descriptor->config_bytes);
	copy_in(to, features_of(device) + 2 * device->descriptor->feature_bytes, size);
}

/* --- 2. Its status --- */

u8 virtio_status(const struct virtio_device *device)
{
	return device->descriptor->status;
}

void virtio_set_status(struct virtio_device *device, u8 status, bool tell)
{
	device->descriptor->status = status;
	if (tell)
		hcall_notify(device->at);
}

static void accept_features(struct virtio_device *device, u32 features)
{
	u32 i, size = device->descriptor->feature_bytes;
	volatile u8 *accepted = features_of(device) + size;

	for (i = 0; i < size; i++)
		accepted[i] = i < sizeof(features) ? features >> 8 * i : 0;
}

static void empty_queue(struct virtio_queue *queue)
{
	u16 i;

	queue->taken = 0;
	queue->first_free = 0;
	queue->free = queue->size;
	for (i = 0; i < queue->size; i++)
		queue->buffers[i].next = i + 1;
}

void virtio_reset(struct virtio_device *device)
{
	virtio_set_status(device, 0, true);
}

/* Only the features are announced: Linux does the same, and starts to use queues before it
 * writes DRIVER_OK. */
void virtio_start(struct virtio_device *device, u32 features)
{
	u8 status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
	u32 i;

	virtio_reset(device);
	virtio_set_status(device, status, false);
	accept_features(device, features);
	virtio_set_status(device, status, true);
	for (i = 0; i < device->queues; i++)
		empty_queue(&device->queue[i]);
	virtio_set_status(device, status | VIRTIO_STATUS_DRIVER_OK, false);
}

/* --- 3. Its queues --- */

static void put_buffer(struct virtio_queue *queue, u16 index, const struct virtio_part *part,
		       u16 flags)
{
	volatile struct ring_buffer *buffer = &queue->buffers[index];

	buffer->address = gpa_of(part->bytes);
	buffer->size = part->size;
	buffer->flags = flags;
}

u16 queue_put(struct virtio_queue *queue, const struct virtio_part *parts, u32 reads, u32 writes)
{
	u16 head = queue->first_free, index = head;
	u32 i, count = reads + writes;

	ASSERT(count && count <= queue->free);
	for (i = 0; i < count; i++) {
		put_buffer(queue, index, parts + i,
			   (i < reads ? 0 : RING_WRITE) | (i + 1 < count ? RING_NEXT : 0));
		index = queue->buffers[index].next;
	}
	queue->first_free = index;
	queue->free -= count;
	queue->available->head[queue->available->index % queue->size] = head;
	compiler_barrier();
	queue->available->index++;
	return head;
}

void queue_kick(struct virtio_queue *queue)
{
	compiler_barrier();
	hcall_notify(queue->at);
}

static void free_chain(struct virtio_queue *queue, u16 head)
{
	u16 last = head, count = 1;

	while (queue->buffers[last].flags & RING_NEXT) {
		last = queue->buffers[last].next;
		count++;
	}
	queue->buffers[last].next = queue->first_free;
	queue->first_free = head;
	queue->free += count;
}

bool queue_take(struct virtio_queue *queue, u16 *head, u32 *written)
{
	const volatile struct ring_used_element *element;

	if (queue->taken == queue->used->index)
		return false;
	compiler_barrier();
	element = &queue->used->element[queue->taken++ % queue->size];
	*head = element->head;
	*written = element->written;
	ASSERT(*head < queue->size);
	free_chain(queue, *head);
	return true;
}

u32 queue_wait(struct virtio_queue *queue)
{
	bool enabled = irq_save();
	u32 written;
	u16 head;

	/* Check and HALT run with interrupts off; else the last interrupt could come in between. */
	while (!queue_take(queue, &head, &written)) {
		cpu_halt();
		irq_disable();
	}
	irq_restore(enabled);
	return written;
}

u32 queue_do(struct virtio_queue *queue, const struct virtio_part *parts, u32 reads, u32 writes)
{
	queue_put(queue, parts, reads, writes);
	queue_kick(queue);
	return queue_wait(queue);
}

void queue_send(struct virtio_queue *queue, const void *bytes, u32 size)
{
	struct virtio_part part = {(void *)bytes, size};

	queue_do(queue, &part, 1, 0);
}

void queue_interrupts(struct virtio_queue *queue, bool wanted)
{
	queue->available->flags = wanted ? 0 : RING_NO_INTERRUPT;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A simple driver for the network card: it copies each frame. */
#include "guest/include/net.h"
#include "guest/include/interrupt.h"
#include "lib/panic.h"
#include "lib/string.h"

#define BUFFERS 32
_Static_assert(2 * (sizeof(struct net_header) + sizeof(struct net_frame)) <= PAGE_SIZE, "buffers");

static struct virtio_device card;
static u8 address[NET_MAC_SIZE];
static struct net_header no_offload; /* all 0: before each frame that is sent */

/* A chain is a header and a frame: its head is twice the number of its buffer here. */
struct buffer {
	struct net_header header;
	struct net_frame frame;
};
static struct buffer *buffers[BUFFERS];

/* Allocates the buffers, two on a page. */
static void allocate_buffers(void)
{
	u32 i;

	for (i = 0; i < BUFFERS; i += 2) {
		buffers[i] = page_alloc();
		buffers[i + 1] = buffers[i] + 1;
	}
}

static void on_card(struct trap_frame *frame)
{
	(void)frame; /* everything is in the rings */
}

static void offer(u32 i)
{
	struct virtio_part parts[] = {{&buffers[i]->header, sizeof(buffers[i]->header)},
				      {&buffers[i]->frame, sizeof(buffers[i]->frame)}};
	u16 head = queue_put(&card.queue[NET_QUEUE_RECEIVE], parts, 0, 2);

	ASSERT(head == 2 * i);
}

bool net_start(void)
{
	u32 i;

	if (!virtio_find(&card, VIRTIO_NET))
		return false;
	virtio_config(&card, address, sizeof(address));
	virtio_start(&card, NET_FEATURE_MAC);
	irq_handle(card.queue[NET_QUEUE_RECEIVE].irq, on_card);
	irq_handle(card.queue[NET_QUEUE_TRANSMIT].irq, on_card);
	allocate_buffers();
	for (i = 0; i < BUFFERS; i++)
		offer(i);
	queue_kick(&card.queue[NET_QUEUE_RECEIVE]);
	return true;
}

const u8 *net_address(void)
{
	return address;
}

void net_send(const struct net_frame *frame, u32 size)
{
	struct virtio_part parts[] = {{&no_offload, sizeof(no_offload)}, {(void *)frame, size}};

	queue_do(&card.queue[NET_QUEUE_TRANSMIT], parts, 2, 0);
}

u32 net_receive(struct net_frame *frame)
{
	struct virtio_queue *queue = &card.queue[NET_QUEUE_RECEIVE];
	u32 written, size;
	u16 head;

	if (!queue_take(queue, &head, &written))
		return 0;
	ASSERT(head / 2 < BUFFERS && written >= sizeof(struct net_header));
	size = written - sizeof(struct net_header);
	memcpy(frame, &buffers[head / 2]->frame, size);
	/* The chain that was freed last is used next. */
	offer(head / 2);
	queue_kick(queue);
	return size;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages as Ethernet frames. */
#include "guest/images/script/link.h"
#include "guest/include/interrupt.h"
#include "guest/include/net.h"
#include "lib/panic.h"
#include "lib/string.h"

#define TYPE_HIGH 0x88 /* local experiments (IEEE 802, 9.2.3) */
#define TYPE_LOW 0xB5

/* The payload of a frame. */
struct letter {
	u8 prompt[NET_MAC_SIZE]; /* the address of the prompt's card */
	u8 magic[6];
	struct link_message message;
};
_Static_assert(sizeof(struct letter) <= sizeof(((struct net_frame *)0)->payload), "a frame");

static const u8 magic[6] = "script";
static u8 prompt[NET_MAC_SIZE], own[NET_MAC_SIZE];
static struct net_frame out, in;

bool link_start(void)
{
	if (!net_start())
		return false;
	memcpy(prompt, net_address(), NET_MAC_SIZE);
	memcpy(own, prompt, NET_MAC_SIZE);
	return true;
}

void link_start_clone(trap_handler *on_frame)
{
	struct virtio_device card;

	if (!virtio_find(&card, VIRTIO_NET))
		panic("the clone has no network card");
	virtio_config(&card, own, sizeof(own));
	irq_handle(card.queue[NET_QUEUE_RECEIVE].irq, on_frame);
}

void link_send(const struct link_message *message)
{
	struct letter *letter = (struct letter *)out.payload;

	memcpy(out.to, NET_BROADCAST, NET_MAC_SIZE);
	memcpy(out.from, own, NET_MAC_SIZE);
	out.type[0] = TYPE_HIGH;
	out.type[1] = TYPE_LOW;
	memcpy(letter->prompt, prompt, NET_MAC_SIZE);
	memcpy(letter->magic, magic, sizeof(magic));
	letter->message = *message;
	net_send(&out, NET_FRAME_MIN + sizeof(*letter));
}

static bool is_for_us(const struct letter *letter, u32 size)
{
	return size == NET_FRAME_MIN + sizeof(*letter) && in.type[0] == TYPE_HIGH &&
	       in.type[1] == TYPE_LOW && !memcmp(letter->magic, magic, sizeof(magic)) &&
	       !memcmp(letter->prompt, prompt, NET_MAC_SIZE);
}

bool link_receive(struct link_message *message, u32 worker)
{
	const struct letter *letter = (const struct letter *)in.payload;
	u32 size;

	while ((size = net_receive(&in))) {
		if (!is_for_us(letter, size) || letter->message.worker != worker)
			continue;
		*message = letter->message;
		return true;
	}
	return false;
}

void link_sleep(void)
{
	cpu_halt();
	irq_disable();
}

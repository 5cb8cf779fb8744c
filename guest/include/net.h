/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet frames to and from the other guests, by the first network card. */
#ifndef GUEST_NET_H
#define GUEST_NET_H

#include "guest/include/virtio.h"

#define NET_BROADCAST "\xFF\xFF\xFF\xFF\xFF\xFF"

struct net_frame {
	u8 to[NET_MAC_SIZE], from[NET_MAC_SIZE];
	u8 type[2]; /* high byte first */
	u8 payload[NET_FRAME_MAX - NET_FRAME_MIN];
};

/* Takes the card into use; false if there is none. Unblocks its interrupts. */
bool net_start(void);

const u8 *net_address(void);

/* Sends a frame of `size` bytes in all. The switch drops it if the receiver has no room. */
void net_send(const struct net_frame *frame, u32 size);

/* The next frame that has arrived; returns its size, 0 if there is none. */
u32 net_receive(struct net_frame *frame);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A switch between guests (IEEE 802.1D, 7.9: learning and forwarding). The addresses of all configured
 * guests are known from the start; frames for one whose card is down are dropped. Of any other address it
 * remembers behind which port it was seen last, and sends what is for it there only.
 *
 * Each port has a queue of frames that its guest has not taken yet; when that is full, frames are
 * dropped. So no guest ever waits for another one. The sender pays for the copies into queues, each receiver for
 * the copy from its queue into its own ring.
 */
#ifndef HV_VIRTIO_SWITCH_H
#define HV_VIRTIO_SWITCH_H

#include "abi/virtio.h"
#include "mm/frames.h"

#define SWITCH_PORTS 16u
#define PORT_FRAMES 16u /* of memory, for the queue: part of what a guest costs */
#define PORT_SLOTS (2 * PORT_FRAMES)
#define PORT_ADDRESSES 8u

typedef u64 mac_t; /* 48 bits: the first byte on the wire is the lowest */

struct switch_port {
	mac_t own;                     /* a reserved one */
	mac_t learned[PORT_ADDRESSES]; /* 0: none; the oldest gives way */
	u32 next_learned;
	struct frame_account *account;
	pfn_t store[PORT_FRAMES];
	u16 sizes[PORT_SLOTS]; /* of the frames in the queue */
	u32 first, count;
	u32 sent, received, dropped;
	void *owner;
	void (*arrived)(void *owner); /* there is something in the queue */
};

/* The address of a configured guest: at start-up, once for each. No port but its own ever has it. */
void switch_reserve(mac_t mac);

/* Opens a port; its queue is paid from `account`. False if that cannot pay, or all ports are
 * taken. */
bool switch_join(struct switch_port *port, struct frame_account *account, mac_t own);

/* Closes it, and frees its queue. */
void switch_leave(struct switch_port *port);

/* Sends an Ethernet frame of NET_FRAME_MIN to NET_FRAME_MAX bytes: copies it into one queue, or all others. */
void switch_send(struct switch_port *from, const u8 *frame, u32 size);

/* The oldest frame of the queue: at most NET_FRAME_MAX bytes, good until switch_drop_first. NULL if
 * there is none. */
const u8 *switch_first(struct switch_port *port, u32 *size);
void switch_drop_first(struct switch_port *port);

#endif

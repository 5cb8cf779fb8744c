/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Ethernet switch between guests, which learns and forwards (IEEE 802.1D, 7.9). It knows the
 * addresses of all configured guests from the start, and drops frames for a guest whose card is
 * down. For any other address it remembers the port at which the address was seen last, and
 * forwards frames for it to this port only.
 *
 * Each port has a queue of received frames. Frames for a full queue are dropped, so no guest waits
 * for another. The sender pays for the copies into queues, each receiver for the copy from its
 * queue into its own ring.
 */
#ifndef HV_VIRTIO_SWITCH_H
#define HV_VIRTIO_SWITCH_H

#include "abi/virtio.h"
#include "arch/x86/memory_map.h"
#include "hv/base/progress.h"
#include "mm/frames.h"

#define SWITCH_PORTS WINDOW_COUNT        /* one for each living guest */
#define FLOOD_AT_ONCE 16u                /* ports that one call of switch_send copies a frame to */
#define PORT_PAGES 16u                   /* page frames for the queue, from the guest's account */
#define PORT_QUEUE_SIZE (2 * PORT_PAGES) /* Ethernet frames: two in each page frame */
#define PORT_ADDRESSES 8u                /* learned addresses per port */

typedef u64 mac_t; /* 48 bits: the first byte on the wire is the lowest */

/* A guest's port. Only switch.c writes it, except owner and arrived. */
struct switch_port {
	mac_t own;                     /* the guest's own, reserved address */
	mac_t learned[PORT_ADDRESSES]; /* further addresses behind this port; 0: none */
	u32 next_learned;              /* index of the oldest, which is replaced next */
	bool has_learned;              /* one is not 0, or was not */
	u32 flooded;                   /* ports that the frame to all others has passed; 0: none */
	struct frame_account *account; /* the account that the queue's page frames are from */
	pfn_t pages[PORT_PAGES];
	u16 sizes[PORT_QUEUE_SIZE]; /* bytes of each Ethernet frame in the queue */
	u32 first, count;           /* index of the oldest one, number of them */
	u32 sent, received, dropped;
	void *owner;
	void (*arrived)(
	    void *owner); /* called for each frame that the queue receives; may be NULL */
};

/* Reserves the address of a configured guest: at start-up, once for each. Only its own port ever
 * has it. */
void switch_reserve(mac_t mac);

/* Opens a port, with a queue from `account`. False if the account has too few frames, or all ports
 * are taken. */
bool switch_join(struct switch_port *port, struct frame_account *account, mac_t own);

/* Closes a port, and frees its queue. */
void switch_leave(struct switch_port *port);

/* Sends an Ethernet frame of NET_FRAME_MIN to NET_FRAME_MAX bytes: to the port of its destination,
 * or to all others. AGAIN: not all others have it yet, and the next call, with the same frame, continues. If it is
 * another frame, some ports miss it. */
enum progress switch_send(struct switch_port *from, const u8 *frame, u32 size);

/* The oldest frame of the queue, of at most NET_FRAME_MAX bytes. It is valid until
 * switch_drop_first. NULL if the queue is empty. */
const u8 *switch_first(struct switch_port *port, u32 *size);

/* Removes the oldest frame of the queue. */
void switch_drop_first(struct switch_port *port);

#endif

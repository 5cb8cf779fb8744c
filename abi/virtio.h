/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices: the page of descriptors just above RAM, legacy virtio rings, and the requests of each
 * device. Guest and hypervisor share this header. docs/abi.md section 9 explains it; the rings are
 * those of the "Virtio PCI Card Specification", version 0.9.5, section 2.3.
 */
#ifndef ABI_VIRTIO_H
#define ABI_VIRTIO_H

#include "lib/types.h"

enum virtio_type {
	VIRTIO_END = 0, /* behind the last descriptor */
	VIRTIO_NET = 1,
	VIRTIO_BLOCK = 2,
	VIRTIO_CONSOLE = 3,
	VIRTIO_ENTROPY = 4,
};

/* The descriptor's status: the driver's progress. 0 resets the device. */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER 0x02
#define VIRTIO_STATUS_DRIVER_OK 0x04
#define VIRTIO_STATUS_FAILED 0x80 /* the driver or the hypervisor has given the device up */

/*
 * A descriptor: this head, then `queues` virtio_queue_place, then `feature_bytes` bytes of features
 * offered and as many accepted, then `config_bytes` of configuration. Packed, back to back.
 */
struct virtio_descriptor {
	u8 type;
	u8 queues;
	u8 feature_bytes;
	u8 config_bytes;
	u8 status;
};

struct virtio_queue_place {
	u16 size; /* descriptors in the ring */
	u16 irq;
	u32 gfn; /* of its first page */
} PACKED;

_Static_assert(sizeof(struct virtio_descriptor) == 5, "virtio_descriptor");
_Static_assert(sizeof(struct virtio_queue_place) == 8, "virtio_queue_place");

/*
 * A ring of `size` buffers:
 *
 *	ring_buffer[size]                      the table of buffers
 *	u16 flags, index, head[size]           available: written by the driver
 *	-- to the next multiple of 4096 --
 *	u16 flags, index, ring_used[size]      used: written by the device
 */
#define RING_ALIGNMENT 4096u

struct ring_buffer {
	u64 address;
	u32 size;
	u16 flags;
	u16 next;
};

#define RING_NEXT 1u     /* ring_buffer.flags: `next` goes on with the chain */
#define RING_WRITE 2u    /* the device writes it; else the device reads it */
#define RING_INDIRECT 4u /* a table of buffers: not offered here */

struct ring_available {
	u16 flags;
	u16 index; /* where the driver puts the next head, modulo size */
	u16 head[];
};

#define RING_NO_INTERRUPT 1u /* ring_available.flags */

struct ring_used_element {
	u32 head;
	u32 written; /* bytes that the device wrote into the chain */
};

struct ring_used {
	u16 flags;
	u16 index;
	struct ring_used_element element[];
};

_Static_assert(sizeof(struct ring_buffer) == 16, "ring_buffer");
_Static_assert(sizeof(struct ring_available) == 4, "ring_available");
_Static_assert(offsetof(struct ring_used, element) == 4, "ring_used");

/* The offset of the used part, and the size of the whole ring, in bytes. */
static inline u32 ring_used_at(u32 size)
{
	u32 end = size * sizeof(struct ring_buffer) + sizeof(struct ring_available) +
		  (size + 1) * sizeof(u16); /* one word more, for an extension */

	return (end + RING_ALIGNMENT - 1) & ~(RING_ALIGNMENT - 1);
}

static inline u32 ring_bytes(u32 size)
{
	return ring_used_at(size) + sizeof(struct ring_used) +
	       size * sizeof(struct ring_used_element) + sizeof(u16);
}

/* Console: one queue for input from the keyboard, one for output. */
#define CONSOLE_QUEUE_INPUT 0
#define CONSOLE_QUEUE_OUTPUT 1

/* Block: a request is this header, the data, and one byte of status that the device writes. */
#define BLOCK_SECTOR 512u
#define BLOCK_FEATURE_SEGMENTS (1u << 2) /* segments_most holds */
#define BLOCK_FEATURE_READ_ONLY (1u << 5)
#define BLOCK_FEATURE_FLUSH (1u << 9)

struct block_config {
	u64 capacity; /* sectors */
	u32 bytes_most;
	u32 segments_most; /* buffers of data in a request */
} PACKED;
_Static_assert(offsetof(struct block_config, segments_most) == 12, "block_config");

struct block_header {
	u32 type;
	u32 priority;
	u64 sector;
};
_Static_assert(sizeof(struct block_header) == 16, "block_header");

#define BLOCK_READ 0u
#define BLOCK_WRITE 1u
#define BLOCK_FLUSH 4u
#define BLOCK_GET_ID 8u
#define BLOCK_ID_SIZE 20u

#define BLOCK_OK 0u
#define BLOCK_ERROR 1u
#define BLOCK_UNSUPPORTED 2u

/* Network: each frame begins with a net_header, in both directions. */
#define NET_QUEUE_RECEIVE 0
#define NET_QUEUE_TRANSMIT 1
#define NET_FEATURE_MAC (1u << 5)
#define NET_MAC_SIZE 6u
#define NET_FRAME_MIN 14u   /* two addresses and a type */
#define NET_FRAME_MAX 1518u /* 1500 bytes of payload, and a VLAN's tag */

struct net_header {
	u8 flags, offload;
	u16 header_bytes, segment_bytes, checksum_start, checksum_offset;
};
_Static_assert(sizeof(struct net_header) == 10, "net_header");

#endif

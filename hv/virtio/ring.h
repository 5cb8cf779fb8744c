/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio ring, seen from the device (the layout is in abi/virtio.h). The driver puts chains of
 * buffers into it; the device takes them in order, reads or fills them, and gives them back.
 *
 * Nothing in the ring is believed. Each word is read once, and a chain is taken as a whole or not
 * at all: every buffer checked to be the guest's memory, what is read before what is written, no
 * loop. A ring that breaks a rule is broken for good, until it is opened again.
 */
#ifndef HV_VIRTIO_RING_H
#define HV_VIRTIO_RING_H

#include "abi/virtio.h"
#include "mm/guest_memory.h"

#define RING_SIZE_MAX 128u /* buffers; so a chain fits on our stack */

struct ring {
	struct guest_memory *memory;
	gpa_t at;
	u16 size;           /* buffers: a power of two */
	u16 next;           /* the next chain to take: runs modulo 65536, like the two below */
	u16 used;           /* chains given back */
	u16 last_signalled; /* of these, the ones that the driver was interrupted for */
	u32 done;           /* bytes of the next chain that were dealt with before */
	const char *error;  /* why it is broken, or NULL */
};

struct ring_part {
	gpa_t at;
	u32 size;
};

/* A chain of buffers: first the ones that the device reads, then the ones that it writes. */
struct ring_chain {
	u16 head;
	u16 reads, parts; /* parts[0] to [reads-1] are read, [reads] to [parts-1] written */
	u32 read_bytes, write_bytes;
	struct ring_part part[RING_SIZE_MAX];
};

enum ring_outcome { RING_EMPTY, RING_CHAIN, RING_BROKEN };

/* A ring of `size` buffers at `at`, in memory that is zero. */
void ring_open(struct ring *ring, struct guest_memory *memory, gpa_t at, u16 size);

/* As new again, its memory too: drivers expect that. */
void ring_reset(struct ring *ring);

/* The driver broke a rule: this is the end of the ring. Only the first error counts. */
void ring_break(struct ring *ring, const char *error);

/* The next chain, without taking it: asked again, it gives the same one. */
enum ring_outcome ring_peek(struct ring *ring, struct ring_chain *chain);

/* Takes the chain that ring_peek gave, and gives it back to the driver, `written` bytes of it
 * filled. False if the ring is broken. */
bool ring_give_back(struct ring *ring, const struct ring_chain *chain, u32 written);

/* True, once, if chains were given back and the driver wants an interrupt for that. */
bool ring_wants_interrupt(struct ring *ring);

/*
 * True if the frames of what chain_read (or chain_write) would copy are all there. Otherwise some more have been
 * touched, and the chain is to be looked at again later: a chain's buffers may lie in as many frames that
 * nobody has used yet as it has bytes.
 */
bool chain_can_read(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size);
bool chain_can_write(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size);

/*
 * Copies from the chain's buffers to read, or to the ones to write, `size` bytes from `offset` on.
 * Returns how many there were.
 */
u32 chain_read(struct ring *ring, const struct ring_chain *chain, u32 offset, void *to, u32 size);
u32 chain_write(struct ring *ring, const struct ring_chain *chain, u32 offset, const void *from,
		u32 size);

#endif

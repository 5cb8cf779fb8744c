/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio ring, from the device's side (the layout is in abi/virtio.h). The driver puts chains of
 * buffers into the ring; the device takes them in order, reads or fills them, and gives them back.
 *
 * The ring is in the guest's memory, so its contents are checked. Each word is read once. A chain
 * is accepted only as a whole: every buffer is the guest's memory, buffers to read come before
 * buffers to write, there is no loop. A ring that breaks a rule has failed, and accepts nothing
 * until it is opened again.
 */
#ifndef HV_VIRTIO_RING_H
#define HV_VIRTIO_RING_H

#include "abi/virtio.h"
#include "mm/guest_memory.h"

#define RING_SIZE_MAX 128u /* buffers; so that a chain fits on the hypervisor's stack */

/* Only ring.c writes it, except `done`, which the device does. */
struct ring {
	struct guest_memory *memory;
	gpa_t at;
	u16 size;           /* number of buffers: a power of two */
	u16 next;           /* number of chains taken, modulo 65536 like the two below */
	u16 used;           /* number of chains given back */
	u16 last_signalled; /* `used`, when the driver was last interrupted */
	u32 done; /* bytes of the next chain that have been transferred; 0 for a new chain */
	const char *error; /* why the ring has failed, or NULL */
};

struct ring_part {
	gpa_t at;
	u32 size;
};

/* A chain of buffers: first those that the device reads, then those that it writes. */
struct ring_chain {
	u16 head;         /* the number of its first buffer */
	u16 reads, parts; /* part[0] to [reads - 1] are read, [reads] to [parts - 1] are written */
	u32 read_bytes;   /* sum of the parts that are read ... */
	u32 write_bytes;  /* ... and that are written */
	struct ring_part part[RING_SIZE_MAX];
};

enum ring_outcome {
	RING_EMPTY,
	RING_CHAIN,  /* there is a chain */
	RING_BROKEN, /* the ring has failed */
};

/* Opens a ring of `size` buffers at `at`, in memory that is zero. */
void ring_open(struct ring *ring, struct guest_memory *memory, gpa_t at, u16 size);

/* Opens it again, and zeroes its memory, as drivers expect of a reset. */
void ring_reset(struct ring *ring);

/* A ring just opened gets these values of an earlier one, any of them. */
void ring_restore(struct ring *ring, u16 next, u16 used, u16 last_signalled, u32 done);

/* The driver has broken a rule: the ring fails. Only the first error is recorded. */
void ring_break(struct ring *ring, const char *error);

/* Reads the next chain, without taking it: the next call reads it anew. */
enum ring_outcome ring_peek(struct ring *ring, struct ring_chain *chain);

/* Takes the chain that ring_peek has read, and gives it back to the driver with `written` bytes
 * filled. False if the ring has failed. */
bool ring_give_back(struct ring *ring, const struct ring_chain *chain, u32 written);

/* True if chains were given back since the last call, and the driver wants an interrupt for
 * them. */
bool ring_wants_interrupt(struct ring *ring);

/*
 * True if chain_read (or chain_write) with these arguments would find all frames present. Otherwise
 * this call has touched some more of them, and the device serves the chain again later: the buffers
 * of one chain may lie in as many untouched frames as the guest has, and each has to be zeroed.
 */
bool chain_can_read(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size);
bool chain_can_write(struct ring *ring, const struct ring_chain *chain, u32 offset, u32 size);

/* Copies `size` bytes out of the buffers to read, or into the buffers to write, from `offset` on.
 * Returns how many bytes were copied: fewer at the chain's end. */
u32 chain_read(struct ring *ring, const struct ring_chain *chain, u32 offset, void *to, u32 size);
u32 chain_write(struct ring *ring, const struct ring_chain *chain, u32 offset, const void *from,
		u32 size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk whose sectors are a boot module in memory, or (of a guest that has come from another
 * machine) frames of the guest's account. Changes are lost when the machine is switched off. A guest
 * that has been cloned, or is a clone, writes to pages of its own (hv/guest_clone.h).
 *
 * A request is a chain with a header and data to read, then data and a status byte to write. The
 * driver may distribute these over buffers in any way. A large request is served in pieces;
 * ring->done counts the bytes of data that have been transferred.
 */
#include "hv/base/stretch.h"
#include "hv/guest.h"
#include "hv/virtio/devices.h"
#include "lib/min_max.h"
#include "lib/string.h"

#define QUEUE_SIZE 128
#define SEGMENTS_MAX (QUEUE_SIZE - 2) /* buffers of a request, less those of header and status */
#define PIECE (8 * KIB) /* bytes between two checks of the stretch: some 4,000 instructions */

static bool exists(const struct guest_config *config)
{
	return config->disk.size >= BLOCK_SECTOR;
}

static void open_block(struct virtio_device *d, u32 *features, void *config)
{
	const struct guest_config *guest = d->guest->config;
	struct block_config block = {.segments_most = SEGMENTS_MAX};

	/* NULL: there is no module. Modules are constant, except this one, which only this guest uses. */
	d->block.bytes = (u8 *)guest->disk.data;
	d->block.sectors = guest->disk.size / BLOCK_SECTOR;
	block.capacity = d->block.sectors;
	memcpy(config, &block, sizeof(block));
	*features = BLOCK_FEATURE_SEGMENTS | BLOCK_FEATURE_FLUSH;
	if (guest->disk_read_only)
		*features |= BLOCK_FEATURE_READ_ONLY;
}

/* A read or write request. */
struct transfer {
	u32 start; /* offset on the disk */
	u32 size;  /* in bytes: whole sectors */
	bool to_disk;
};

/* Finds the bytes of the request. False if they are not whole sectors of the disk. */
static bool find_sectors(const struct virtio_device *d, u64 first, struct transfer *transfer)
{
	u32 count = transfer->size / BLOCK_SECTOR;

	if (transfer->size % BLOCK_SECTOR || first > d->block.sectors ||
	    count > d->block.sectors - (u32)first)
		return false;
	transfer->start = (u32)first * BLOCK_SECTOR;
	return true;
}

/* Copies a page of the module before the guest's first write to it. NULL: no frame is left. */
static u8 *copy_page(struct guest *g, const struct block_device *block, gpa_t page)
{
	bool known = guest_memory_find(&g->disk, gpa_frame(page));
	u32 start = gpa_value(page), end = block->sectors * BLOCK_SECTOR;
	u8 *copy = guest_memory_map_to_write(&g->disk, page);

	if (copy && !known && block->bytes)
		memcpy(copy, block->bytes + start, min_u32(FRAME_SIZE, end - start));
	return copy;
}

/* The bytes of the disk at `offset`: those that the guest has written itself, or the module's. Of a
 * guest with pages of its own they are valid to the end of a page. */
static u8 *disk_bytes(const struct virtio_device *d, u32 offset, bool to_disk)
{
	struct guest *g = d->guest;
	gpa_t page = to_gpa(offset & ~FRAME_OFFSET_MASK);
	u8 *copy;

	if (d->block.bytes && !(to_disk && g->disk.frames) &&
	    !guest_memory_find(&g->disk, gpa_frame(page)))
		return d->block.bytes + offset;
	copy =
	    to_disk ? copy_page(g, &d->block, page) : guest_memory_map_for(&g->disk, page, TO_READ);
	return copy ? copy + (offset & FRAME_OFFSET_MASK) : NULL;
}

/* Transfers one piece. False: frames of the guest's buffers were absent, and some of them have been
 * allocated now. */
static bool transfer_piece(struct virtio_device *d, const struct ring_chain *chain,
			   const struct transfer *transfer, u32 size)
{
	struct ring *ring = &d->rings[0];
	u8 *bytes = disk_bytes(d, transfer->start + ring->done, transfer->to_disk);
	u32 offset = sizeof(struct block_header) + ring->done;

	if (!bytes)
		return false; /* the guest is about to be paused */
	if (transfer->to_disk) {
		if (!chain_can_read(ring, chain, offset, size))
			return false;
		chain_read(ring, chain, offset, bytes, size);
	} else {
		if (!chain_can_write(ring, chain, ring->done, size))
			return false;
		chain_write(ring, chain, ring->done, bytes, size);
	}
	return true;
}

/* The bytes that are transferred next, at most. */
static u32 piece(const struct virtio_device *d, const struct transfer *transfer)
{
	u32 offset = transfer->start + d->rings[0].done;

	return d->guest->disk.frames ? FRAME_SIZE - (offset & FRAME_OFFSET_MASK) : PIECE;
}

/* Transfers pieces while the stretch lasts. Returns true when the request is complete. */
static bool transfer_pieces(struct virtio_device *d, const struct ring_chain *chain,
			    const struct transfer *transfer)
{
	struct ring *ring = &d->rings[0];

	while (ring->done < transfer->size) {
		u32 size = min_u32(transfer->size - ring->done, piece(d, transfer));

		if (!transfer_piece(d, chain, transfer, size))
			break;
		ring->done += size;
		if (stretch_is_spent())
			break;
	}
	return ring->done >= transfer->size;
}

static enum request_outcome finish(struct ring *ring, const struct ring_chain *chain, u8 status,
				   u32 data)
{
	chain_write(ring, chain, chain->write_bytes - sizeof(status), &status, sizeof(status));
	ring_give_back(ring, chain, data + sizeof(status));
	return REQUEST_DONE;
}

static enum request_outcome transfer(struct virtio_device *d, const struct ring_chain *chain,
				     const struct block_header *header)
{
	struct ring *ring = &d->rings[0];
	struct transfer transfer = {.to_disk = header->type == BLOCK_WRITE};

	transfer.size =
	    transfer.to_disk ? chain->read_bytes - sizeof(*header) : chain->write_bytes - 1;
	/* ring_peek has read the chain anew for this call: the driver may have made it shorter
	 * meanwhile. */
	if (!find_sectors(d, header->sector, &transfer) || ring->done > transfer.size ||
	    (transfer.to_disk && (d->offered & BLOCK_FEATURE_READ_ONLY)))
		return finish(ring, chain, BLOCK_ERROR, 0);
	if (!transfer_pieces(d, chain, &transfer))
		return REQUEST_AGAIN;
	return finish(ring, chain, BLOCK_OK, transfer.to_disk ? 0 : transfer.size);
}

/* The identifier of the disk is the name of its guest. */
static enum request_outcome get_id(struct virtio_device *d, const struct ring_chain *chain)
{
	char id[BLOCK_ID_SIZE + 1] = "";
	u32 size = min_u32(chain->write_bytes - 1, BLOCK_ID_SIZE);

	if (!chain_can_write(&d->rings[0], chain, 0, size))
		return REQUEST_AGAIN;
	strlcpy(id, d->guest->config->name, sizeof(id));
	chain_write(&d->rings[0], chain, 0, id, size);
	return finish(&d->rings[0], chain, BLOCK_OK, size);
}

static enum request_outcome serve(struct virtio_device *d, u32 queue,
				  const struct ring_chain *chain)
{
	struct ring *ring = &d->rings[queue];
	struct block_header header;

	if (!chain_can_read(ring, chain, 0, sizeof(header)))
		return REQUEST_AGAIN;
	if (chain_read(ring, chain, 0, &header, sizeof(header)) < sizeof(header) ||
	    !chain->write_bytes) {
		ring_break(ring, "a request without header or status");
		return REQUEST_DONE;
	}
	switch (header.type) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		return transfer(d, chain, &header);
	case BLOCK_FLUSH:
		return finish(ring, chain, BLOCK_OK,
			      0); /* a write has reached the memory when it is complete */
	case BLOCK_GET_ID:
		return get_id(d, chain);
	default:
		return finish(ring, chain, BLOCK_UNSUPPORTED, 0);
	}
}

const struct virtio_kind block_kind = {
    .name = "disk",
    .type = VIRTIO_BLOCK,
    .queues = 1,
    .config_bytes = sizeof(struct block_config),
    .queue_size = QUEUE_SIZE,
    .exists = exists,
    .open = open_block,
    .serve = serve,
};

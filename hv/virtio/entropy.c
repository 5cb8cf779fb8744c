/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of entropy: fills buffers with random bytes. */
#include "hv/base/random.h"
#include "hv/guest.h"
#include "hv/virtio/devices.h"
#include "lib/min_max.h"

static bool exists(const struct guest_config *config)
{
	(void)config;
	return true;
}

static void open_entropy(struct virtio_device *d, u32 *features, void *config)
{
	(void)d, (void)config;
	*features = 0;
}

/* A large buffer is filled in part; the driver then sends another request (virtio 0.9.5, appendix
 * F). */
static enum request_outcome serve(struct virtio_device *d, u32 queue,
				  const struct ring_chain *chain)
{
	struct ring *ring = &d->rings[queue];
	u8 bytes[RANDOM_MOST];
	u32 size = min_u32(chain->write_bytes, sizeof(bytes));

	if (!size)
		ring_break(ring, "a buffer that nothing can be written to");
	if (!chain_can_write(ring, chain, 0, size))
		return REQUEST_AGAIN;
	random_bytes(bytes, size);
	chain_write(ring, chain, 0, bytes, size);
	ring_give_back(ring, chain, size);
	return REQUEST_DONE;
}

const struct virtio_kind entropy_kind = {
    .name = "entropy source",
    .type = VIRTIO_ENTROPY,
    .queues = 1,
    .queue_size = 16,
    .exists = exists,
    .open = open_entropy,
    .serve = serve,
};

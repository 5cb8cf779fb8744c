/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network card at a port of the switch (switch.h). It offers neither checksums nor
 * segmentation. */
#include "hv/guest.h"
#include "hv/virtio/devices.h"
#include "lib/string.h"

static bool exists(const struct guest_config *config)
{
	(void)config;
	return true;
}

/* Bit 1 of the first byte marks a locally administered address (IEEE 802, 8.4). The last two bytes count guests. */
static mac_t own_address(const struct guest_config *config)
{
	const u8 bytes[NET_MAC_SIZE] = {
	    0x52, 0x54, 0x00, 0x75, 0x6D + (config->number >> 8), config->number & 0xFF};
	mac_t mac = 0;

	memcpy(&mac, bytes, sizeof(bytes));
	return mac;
}

static void configure(const struct guest_config *config)
{
	switch_reserve(own_address(config));
}

static void open_net(struct virtio_device *d, u32 *features, void *config)
{
	mac_t mac = own_address(d->guest->config);

	memcpy(config, &mac, NET_MAC_SIZE);
	*features = NET_FEATURE_MAC;
}

static void arrived(void *device)
{
	device_continue(device, NET_QUEUE_RECEIVE);
}

static void start(struct virtio_device *d)
{
	d->net.joined =
	    switch_join(&d->net.port, &d->guest->space.account, own_address(d->guest->config));
	d->net.port.owner = d;
	d->net.port.arrived = arrived;
}

static void stop(struct virtio_device *d)
{
	if (d->net.joined)
		switch_leave(&d->net.port);
	d->net.joined = false;
}

/* The clone has an address of its own, which its driver learns when it reads the configuration
 * again. Frames that wait for the parent are the parent's. */
static void clone_net(struct virtio_device *d, const struct virtio_device *parent)
{
	mac_t mac = own_address(d->guest->config);

	(void)parent;
	d->net.joined = false;
	device_write_config(d, &mac);
	if (d->state == DEVICE_RUNNING)
		start(d);
}

static enum request_outcome receive(struct virtio_device *d, const struct ring_chain *chain)
{
	static const struct net_header header; /* no checksum, no segments */
	struct ring *ring = &d->rings[NET_QUEUE_RECEIVE];
	const u8 *frame;
	u32 size;

	if (chain->write_bytes < sizeof(header) + NET_FRAME_MAX) {
		ring_break(ring, "a buffer too small for the largest frame");
		return REQUEST_DONE;
	}
	frame = switch_first(&d->net.port, &size);
	if (!frame)
		return REQUEST_BLOCKED;
	if (!chain_can_write(ring, chain, 0, sizeof(header) + size))
		return REQUEST_AGAIN;
	chain_write(ring, chain, 0, &header, sizeof(header));
	chain_write(ring, chain, sizeof(header), frame, size);
	switch_drop_first(&d->net.port);
	ring_give_back(ring, chain, sizeof(header) + size);
	return REQUEST_DONE;
}

/* Data that is too short or too long for a frame is dropped. */
static enum request_outcome transmit(struct virtio_device *d, const struct ring_chain *chain)
{
	struct ring *ring = &d->rings[NET_QUEUE_TRANSMIT];
	u8 frame[NET_FRAME_MAX];
	u32 size;

	if (chain->read_bytes >= sizeof(struct net_header) + NET_FRAME_MIN &&
	    chain->read_bytes <= sizeof(struct net_header) + NET_FRAME_MAX && d->net.joined) {
		if (!chain_can_read(ring, chain, sizeof(struct net_header), sizeof(frame)))
			return REQUEST_AGAIN;
		size = chain_read(ring, chain, sizeof(struct net_header), frame, sizeof(frame));
		while (switch_send(&d->net.port, frame, size) == AGAIN)
			if (stretch_is_spent())
				return REQUEST_AGAIN;
	} else {
		d->net.port.dropped++;
	}
	ring_give_back(ring, chain, 0);
	return REQUEST_DONE;
}

static enum request_outcome serve(struct virtio_device *d, u32 queue,
				  const struct ring_chain *chain)
{
	if (queue == NET_QUEUE_TRANSMIT)
		return transmit(d, chain);
	return receive(d, chain);
}

const struct virtio_kind net_kind = {
    .name = "network card",
    .type = VIRTIO_NET,
    .queues = 2,
    .config_bytes = NET_MAC_SIZE,
    .queue_size = 128,
    .own_frames = PORT_PAGES,
    .exists = exists,
    .configure = configure,
    .open = open_net,
    .start = start,
    .stop = stop,
    .clone = clone_net,
    .serve = serve,
};

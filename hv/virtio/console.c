/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's console as a virtio device. Output for which the console has no room stays in the
 * guest's buffers; keys for which the guest has no buffer stay in console_device.typed, and more of
 * them in the console's own queue.
 */
#include "hv/base/stretch.h"
#include "hv/console/console_input.h"
#include "hv/console/console_output.h"
#include "hv/guest.h"
#include "hv/virtio/devices.h"
#include "lib/min_max.h"

#define OUTPUT_PIECE 512u /* bytes between two checks of the stretch */

static bool exists(const struct guest_config *config)
{
	(void)config;
	return true;
}

static void open_console(struct virtio_device *d, u32 *features, void *config)
{
	(void)d, (void)config;
	*features = 0; /* neither the terminal's size nor further ports */
}

static void has_room(void *device)
{
	device_continue(device, CONSOLE_QUEUE_OUTPUT);
}

static bool key(void *device, char byte)
{
	struct virtio_device *d = device;
	struct console_device *console = &d->console;

	if (console->count == CONSOLE_TYPED_MAX)
		return false;
	console->typed[(console->first + console->count++) % CONSOLE_TYPED_MAX] = byte;
	device_continue(d, CONSOLE_QUEUE_INPUT);
	return true;
}

static void start(struct virtio_device *d)
{
	d->console = (struct console_device){0};
	console_listen(d->guest->console, d, has_room, key);
}

/* Keys that the parent has not taken yet, the clone has too. */
static void clone_console(struct virtio_device *d, const struct virtio_device *parent)
{
	(void)parent;
	if (d->state == DEVICE_RUNNING)
		console_listen(d->guest->console, d, has_room, key);
}

static void stop(struct virtio_device *d)
{
	console_listen(d->guest->console, NULL, NULL, NULL);
}

/* Number of keys up to the end of the array; further ones continue at its beginning. */
static u32 contiguous(const struct console_device *console)
{
	return min_u32(console->count, CONSOLE_TYPED_MAX - console->first);
}

static enum request_outcome serve_input(struct virtio_device *d, const struct ring_chain *chain)
{
	struct console_device *console = &d->console;
	struct ring *ring = &d->rings[CONSOLE_QUEUE_INPUT];
	u32 size = 0, taken;

	if (!chain->write_bytes)
		ring_break(ring, "a buffer for input that cannot be written");
	if (!console->count)
		return REQUEST_BLOCKED;
	if (!chain_can_write(ring, chain, 0, console->count))
		return REQUEST_AGAIN;
	do {
		taken = chain_write(ring, chain, size, console->typed + console->first,
				    contiguous(console));
		console->first = (console->first + taken) % CONSOLE_TYPED_MAX;
		console->count -= taken;
		size += taken;
	} while (taken && console->count);
	ring_give_back(ring, chain, size);
	console_input_retry();
	return REQUEST_DONE;
}

static enum request_outcome serve_output(struct virtio_device *d, const struct ring_chain *chain)
{
	struct ring *ring = &d->rings[CONSOLE_QUEUE_OUTPUT];
	char bytes[OUTPUT_PIECE];
	u32 size, taken;

	while (ring->done < chain->read_bytes) {
		if (!chain_can_read(ring, chain, ring->done, sizeof(bytes)))
			return REQUEST_AGAIN;
		size = chain_read(ring, chain, ring->done, bytes, sizeof(bytes));
		taken = console_write(d->guest->console, bytes, size);
		ring->done += taken;
		if (taken < size)
			return REQUEST_BLOCKED;
		if (ring->done < chain->read_bytes && stretch_is_spent())
			return REQUEST_AGAIN;
	}
	ring_give_back(ring, chain, 0);
	return REQUEST_DONE;
}

static enum request_outcome serve(struct virtio_device *d, u32 queue,
				  const struct ring_chain *chain)
{
	if (queue == CONSOLE_QUEUE_OUTPUT)
		return serve_output(d, chain);
	return serve_input(d, chain);
}

const struct virtio_kind console_kind = {
    .name = "console",
    .type = VIRTIO_CONSOLE,
    .queues = 2,
    .queue_size = 32, /* Linux gives each input buffer a page, so a larger ring would cost memory */
    .exists = exists,
    .open = open_console,
    .start = start,
    .stop = stop,
    .clone = clone_console,
    .serve = serve,
};

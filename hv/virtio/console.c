// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The console as a device. Output that the console has no room for stays in its queue; keys that
 * the guest has no buffer for stay here.
 */
#include "hv/console.h"

#include "hv/guest.h"
#include "hv/schedule.h"
#include "hv/virtio/devices.h"

#define OUTPUT_STEP 512u

static bool exists(const struct guest_config *config)
{
	(void)config;
	return true;
}

static void open_console(struct virtio_device *d, u32 *features, void *config)
{
	(void)d, (void)config;
	*features = 0; /* neither a size nor more ports */
}

static void has_room(void *device)
{
	device_continue(device, CONSOLE_QUEUE_OUTPUT);
}

static void key(void *device, char byte)
{
	struct virtio_device *d = device;
	struct console_device *console = &d->console;

	if (console->count == CONSOLE_TYPED_MAX) {
		console->dropped++;
		return;
	}
	console->typed[(console->first + console->count++) % CONSOLE_TYPED_MAX] = byte;
	device_continue(d, CONSOLE_QUEUE_INPUT);
}

static void start(struct virtio_device *d)
{
	d->console = (struct console_device){0};
	console_listen(d->guest->console, d, has_room, key);
}

static void stop(struct virtio_device *d)
{
	console_listen(d->guest->console, NULL, NULL, NULL);
}

static enum request_outcome serve_input(struct virtio_device *d, const struct ring_chain *chain)
{
	struct console_device *console = &d->console;
	struct ring *ring = &d->rings[CONSOLE_QUEUE_INPUT];
	u32 size = 0;

	if (!chain->write_bytes)
		ring_break(ring, "a buffer for input that cannot be written");
	if (!console->count)
		return REQUEST_WAITS;
	while (console->count &&
	       chain_write(ring, chain, size, &console->typed[console->first], 1)) {
		console->first = (console->first + 1) % CONSOLE_TYPED_MAX;
		console->count--;
		size++;
	}
	ring_give_back(ring, chain, size);
	return REQUEST_DONE;
}

static enum request_outcome serve_output(struct virtio_device *d, const struct ring_chain *chain,
					 u32 *budget)
{
	struct ring *ring = &d->rings[CONSOLE_QUEUE_OUTPUT];
	char bytes[OUTPUT_STEP];
	u32 size, taken;

	while (ring->done < chain->read_bytes) {
		size = chain_read(ring, chain, ring->done, bytes, sizeof(bytes));
		if (!budget_spend(budget, size))
			return REQUEST_GOES_ON;
		taken = console_write(d->guest->console, bytes, size);
		ring->done += taken;
		if (taken < size)
			return REQUEST_WAITS;
	}
	if (console_room(d->guest->console) < CONSOLE_NOTIFY_ROOM)
		schedule_soon(); /* the guest has to wait */
	ring_give_back(ring, chain, 0);
	return REQUEST_DONE;
}

static enum request_outcome serve(struct virtio_device *d, u32 queue,
				  const struct ring_chain *chain, u32 *budget)
{
	if (queue == CONSOLE_QUEUE_OUTPUT)
		return serve_output(d, chain, budget);
	return serve_input(d, chain);
}

const struct virtio_kind console_kind = {
    .name = "console",
    .type = VIRTIO_CONSOLE,
    .queues = 2,
    .queue_size = 32, /* Linux puts a page into each of them for input */
    .exists = exists,
    .open = open_console,
    .start = start,
    .stop = stop,
    .serve = serve,
};

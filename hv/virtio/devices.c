/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common part of all devices; devices.h shows the life of a request. A driver notifies the
 * hypervisor of a changed status (4) or of a chain in a queue (3). In the guest's next turn,
 * devices_serve calls the operations of the device's type. A driver that breaks a rule ends in
 * fail() (2).
 *
 * 1. The page of descriptors
 * 2. Failure
 * 3. Queues
 * 4. Status
 * 5. Snapshots
 * 6. NOTIFY
 */
#include "hv/virtio/devices.h"

#include "hv/base/log.h"
#include "hv/base/stretch.h"
#include "hv/guest.h"
#include "hv/interrupts.h"
#include "hv/sched/schedule.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define FIRST_IRQ (GUEST_IRQ_TIMER + 1)
#define CONFIG_MAX 32

static const struct virtio_kind *const kinds[DEVICES_MAX] = {
    &console_kind,
    &entropy_kind,
    &block_kind,
    &net_kind,
};

/* -- 1. The page of descriptors ---------------------------------------------------------------- */

static bool exists(const struct virtio_kind *kind, const struct guest_config *config)
{
	return !config->no_devices && kind->exists(config);
}

static u32 ring_frames(const struct virtio_kind *kind)
{
	return frames_for(ring_bytes(kind->queue_size));
}

u32 devices_frames(const struct guest_config *config)
{
	u32 i, frames = 0;

	for (i = 0; i < DEVICES_MAX; i++) {
		if (exists(kinds[i], config))
			frames += kinds[i]->queues * ring_frames(kinds[i]);
	}
	return frames ? frames + 1 : 0;
}

u32 devices_own_frames(const struct guest_config *config)
{
	u32 i, frames = 0;

	for (i = 0; i < DEVICES_MAX; i++) {
		if (exists(kinds[i], config))
			frames += kinds[i]->own_frames;
	}
	return frames;
}

void devices_configure(const struct guest_config *config)
{
	for (u32 i = 0; i < DEVICES_MAX; i++)
		if (exists(kinds[i], config) && kinds[i]->configure)
			kinds[i]->configure(config);
}

static void write_guest(struct guest *g, gpa_t at, const void *from, u32 size)
{
	if (!guest_write(&g->space.memory, at, from, size))
		panic("guest %s: no memory for a device at %#x", g->config->name, gpa_value(at));
}

static gpa_t gpa_add(gpa_t at, u32 bytes)
{
	return to_gpa(gpa_value(at) + bytes);
}

static gpa_t features_at(const struct virtio_device *d)
{
	return gpa_add(d->at, sizeof(struct virtio_descriptor) +
				  d->kind->queues * sizeof(struct virtio_queue_place));
}

void device_write_config(struct virtio_device *d, const void *config)
{
	write_guest(d->guest, gpa_add(features_at(d), 2 * sizeof(d->offered)), config,
		    d->kind->config_bytes);
}

/* Returns the address of the next descriptor. */
static gpa_t write_descriptor(struct virtio_device *d)
{
	const struct virtio_kind *kind = d->kind;
	const struct virtio_descriptor head = {kind->type, kind->queues, sizeof(d->offered),
					       kind->config_bytes, 0};
	u8 config[CONFIG_MAX] = {0};
	u32 i;

	kind->open(d, &d->offered, config);
	write_guest(d->guest, d->at, &head, sizeof(head));
	for (i = 0; i < kind->queues; i++) {
		struct virtio_queue_place place = {kind->queue_size, d->irqs[i],
						   gfn_value(gpa_frame(d->rings[i].at))};

		write_guest(d->guest, gpa_add(d->at, sizeof(head) + i * sizeof(place)), &place,
			    sizeof(place));
	}
	write_guest(d->guest, features_at(d), &d->offered, sizeof(d->offered));
	device_write_config(d, config);
	return gpa_add(features_at(d), 2 * sizeof(d->offered) + kind->config_bytes);
}

void devices_open(struct guest *g)
{
	gpa_t at = to_gpa(g->config->memory), ring = gpa_add(at, FRAME_SIZE);
	u32 i, queue, irq = FIRST_IRQ;
	struct virtio_device *d;

	for (i = 0; i < DEVICES_MAX; i++) {
		if (!exists(kinds[i], g->config))
			continue;
		d = &g->devices->device[g->devices->count++];
		*d = (struct virtio_device){.kind = kinds[i], .guest = g, .at = at};
		for (queue = 0; queue < d->kind->queues; queue++) {
			ring_open(&d->rings[queue], &g->space.memory, ring, d->kind->queue_size);
			ring = gpa_add(ring, ring_frames(d->kind) * FRAME_SIZE);
			d->irqs[queue] = irq++;
		}
		at = write_descriptor(d);
	}
}

static void clone_device(struct virtio_device *d, const struct virtio_device *from, struct guest *g)
{
	*d = *from;
	d->guest = g;
	d->failure = NULL;
	for (u32 queue = 0; queue < d->kind->queues; queue++)
		d->rings[queue].memory = &g->space.memory;
	if (d->kind->clone && !g->stands)
		d->kind->clone(d, from);
}

void devices_clone(struct guest *clone, struct guest *parent)
{
	clone->device_state = parent->device_state;
	clone->devices->count = parent->devices->count;
	for (u32 i = 0; i < clone->devices->count; i++)
		clone_device(&clone->devices->device[i], &parent->devices->device[i], clone);
}

/* -- 2. Failure -------------------------------------------------------------------------------- */

static u32 irqs_of(const struct virtio_device *d)
{
	u32 queue, irqs = 0;

	for (queue = 0; queue < d->kind->queues; queue++)
		irqs |= 1u << d->irqs[queue];
	return irqs;
}

static void stop(struct virtio_device *d)
{
	if (d->state == DEVICE_RUNNING && d->kind->stop)
		d->kind->stop(d);
	d->guest->device_state.irqs &= ~irqs_of(d);
	d->state = DEVICE_FAILED;
	d->pending = 0;
}

void devices_close(struct guest *g)
{
	u32 i;

	for (i = 0; i < g->devices->count; i++)
		stop(&g->devices->device[i]);
	g->devices->count = 0;
	g->device_state.pending = false;
}

static gpa_t status_at(const struct virtio_device *d)
{
	return gpa_add(d->at, offsetof(struct virtio_descriptor, status));
}

static void set_pending(struct virtio_device *d)
{
	d->guest->device_state.pending = true;
	schedule_soon_for(d->guest); /* it may be halted, or run on another CPU */
}

/* The line is printed in the guest's next turn, when there is room for it: the devices of all
 * guests can fail at the same time. */
static void request_report(struct virtio_device *d, const char *what)
{
	if (d->failure || d->reported)
		return;
	d->failure = what;
	set_pending(d);
}

/* One line for each device in a guest's life: a driver can reset its device and fail it again at
 * any rate. */
void devices_report(struct guest *g)
{
	for (u32 i = 0; i < g->devices->count; i++) {
		struct virtio_device *d = &g->devices->device[i];

		if (!d->failure)
			continue;
		say("guest %s: its %s has failed: %s", g->config->name, d->kind->name, d->failure);
		d->failure = NULL;
		d->reported = true;
	}
}

static void fail(struct virtio_device *d, const char *what)
{
	u8 status = VIRTIO_STATUS_FAILED;

	stop(d);
	write_guest(d->guest, status_at(d), &status, sizeof(status));
	request_report(d, what);
}

/* -- 3. Queues --------------------------------------------------------------------------------- */

static enum request_outcome serve_chains(struct virtio_device *d, u32 queue)
{
	enum request_outcome outcome = REQUEST_DONE;
	struct ring_chain chain;

	while (outcome == REQUEST_DONE && d->state == DEVICE_RUNNING &&
	       ring_peek(&d->rings[queue], &chain) == RING_CHAIN) {
		outcome = d->kind->serve(d, queue, &chain);
		if (outcome == REQUEST_DONE && stretch_is_spent())
			outcome = REQUEST_AGAIN;
	}
	return outcome;
}

/* The event that a queue waits for may happen while it is served: then it is pending again
 * afterwards. */
static enum progress serve(struct virtio_device *d, u32 queue)
{
	enum request_outcome outcome;

	d->pending &= ~(1u << queue);
	outcome = serve_chains(d, queue);
	if (d->state != DEVICE_RUNNING)
		return DONE;
	if (d->rings[queue].error)
		fail(d, d->rings[queue].error);
	else if (ring_wants_interrupt(&d->rings[queue]))
		interrupts_raise(d->guest, d->irqs[queue]);
	if (outcome != REQUEST_AGAIN)
		return DONE;
	d->pending |= 1u << queue;
	return AGAIN;
}

static enum progress serve_device(struct virtio_device *d)
{
	while (d->pending)
		if (serve(d, __builtin_ctz(d->pending)) == AGAIN || stretch_is_spent())
			return AGAIN;
	return DONE;
}

enum progress devices_serve(struct guest *g)
{
	devices_report(g);
	g->device_state.pending = false;
	for (u32 i = 0; i < g->devices->count; i++) {
		if (serve_device(&g->devices->device[i]) == DONE)
			continue;
		g->device_state.pending = true;
		return AGAIN;
	}
	return g->device_state.pending ? AGAIN : DONE; /* a failed device is to be reported */
}

void device_continue(struct virtio_device *d, u32 queue)
{
	if (d->state != DEVICE_RUNNING)
		return;
	d->pending |= 1u << queue;
	set_pending(d);
}

static void kick(struct virtio_device *d, u32 queue)
{
	if (d->state == DEVICE_RESET)
		fail(d, "a queue was kicked before it was set up");
	device_continue(d, queue);
}

/* -- 4. Status --------------------------------------------------------------------------------- */

/* Drivers expect that the rings are zero after a reset. */
static void reset(struct virtio_device *d)
{
	u32 queue, none = 0;

	stop(d);
	for (queue = 0; queue < d->kind->queues; queue++)
		ring_reset(&d->rings[queue]);
	write_guest(d->guest, gpa_add(features_at(d), sizeof(none)), &none, sizeof(none));
	d->accepted = 0;
	d->state = DEVICE_RESET;
}

static void run(struct virtio_device *d)
{
	d->state = DEVICE_RUNNING;
	d->guest->device_state.irqs |= irqs_of(d);
	if (d->kind->start)
		d->kind->start(d);
}

static void start(struct virtio_device *d)
{
	guest_read_u32(&d->guest->space.memory, gpa_add(features_at(d), sizeof(d->accepted)),
		       &d->accepted);
	if (d->accepted & ~d->offered) {
		fail(d, "features were accepted that it does not have");
		return;
	}
	run(d);
}

/* Linux notifies after a reset and after it has accepted features. It then writes DRIVER_OK without
 * a notification, so a device starts with DRIVER. */
static void status_changed(struct virtio_device *d)
{
	u8 status = 0;

	guest_read_u8(&d->guest->space.memory, status_at(d), &status);
	if (!status) {
		reset(d);
	} else if (status & VIRTIO_STATUS_FAILED) {
		stop(d);
		request_report(d, "its driver has given up");
	} else if (d->state == DEVICE_RESET && (status & VIRTIO_STATUS_DRIVER)) {
		start(d);
	}
}

/* -- 5. Snapshots ------------------------------------------------------------------------------ */

static void save_device(const struct virtio_device *d, struct snapshot_devices *to)
{
	struct snapshot_device *saved = &to->device[to->count++];
	const struct console_device *console = &d->console;

	saved->type = d->kind->type;
	saved->state = d->state;
	saved->accepted = d->accepted;
	saved->pending = d->pending;
	for (u32 queue = 0; queue < d->kind->queues; queue++) {
		const struct ring *ring = &d->rings[queue];

		saved->ring[queue] = (struct snapshot_ring){ring->next, ring->used,
							    ring->last_signalled, 0, ring->done};
	}
	if (d->kind != &console_kind)
		return;
	to->typed = console->count;
	for (u32 i = 0; i < console->count; i++)
		to->keys[i] = console->typed[(console->first + i) % CONSOLE_TYPED_MAX];
}

void devices_save(const struct guest *g, struct snapshot_devices *to)
{
	memset(to, 0, sizeof(*to));
	for (u32 i = 0; i < g->devices->count; i++)
		save_device(&g->devices->device[i], to);
}

static bool is_good_device(const struct virtio_device *d, const struct snapshot_device *saved)
{
	return saved->type == d->kind->type && saved->state <= DEVICE_FAILED &&
	       !(saved->accepted & ~d->offered) && !(saved->pending >> d->kind->queues) &&
	       (saved->state == DEVICE_RUNNING || !saved->pending);
}

/* Before LGUEST_INIT no driver can have started a device. */
static void restore_device(struct virtio_device *d, const struct snapshot_device *saved)
{
	if (!is_good_device(d, saved) || (saved->state && !d->guest->shared)) {
		guest_kill(d->guest, "bad state of the %s", d->kind->name);
		return;
	}
	d->accepted = saved->accepted;
	d->pending = saved->pending;
	for (u32 queue = 0; queue < d->kind->queues; queue++) {
		const struct snapshot_ring *ring = &saved->ring[queue];

		ring_restore(&d->rings[queue], ring->next, ring->used, ring->last_signalled,
			     ring->done);
	}
	if (saved->state == DEVICE_RUNNING)
		run(d);
	d->state = saved->state;
	d->guest->device_state.pending |= d->pending;
}

static void restore_keys(struct virtio_device *d, const struct snapshot_devices *from)
{
	struct console_device *console = &d->console;

	if (d->kind != &console_kind || d->state != DEVICE_RUNNING)
		return;
	console->count = min_u32(from->typed, CONSOLE_TYPED_MAX);
	memcpy(console->typed, from->keys, console->count);
}

void devices_restore(struct guest *g, const struct snapshot_devices *from)
{
	if (from->count != g->devices->count || from->typed > CONSOLE_TYPED_MAX) {
		guest_kill(g, "it has %u devices and %u keys, which cannot be", from->count,
			   from->typed);
		return;
	}
	for (u32 i = 0; i < g->devices->count; i++) {
		restore_device(&g->devices->device[i], &from->device[i]);
		restore_keys(&g->devices->device[i], from);
	}
}
_Static_assert(SNAPSHOT_DEVICES_MAX == DEVICES_MAX && SNAPSHOT_QUEUES == DEVICE_QUEUES_MAX &&
		   SNAPSHOT_TYPED_MAX == CONSOLE_TYPED_MAX,
	       "snapshot_devices");

/* -- 6. NOTIFY --------------------------------------------------------------------------------- */

static bool notify_device(struct virtio_device *d, u32 at)
{
	u32 queue;

	if (at == gpa_value(d->at)) {
		status_changed(d);
		return true;
	}
	for (queue = 0; queue < d->kind->queues; queue++) {
		if (at == gpa_value(d->rings[queue].at)) {
			kick(d, queue);
			return true;
		}
	}
	return false;
}

bool devices_notify(struct guest *g, gpa_t at)
{
	u32 i;

	for (i = 0; i < g->devices->count; i++) {
		if (notify_device(&g->devices->device[i], gpa_value(at)))
			return true;
	}
	return false;
}

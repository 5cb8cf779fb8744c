/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio devices of a guest (docs/abi.md section 9). Above the guest's RAM lie a page of
 * descriptors and then the rings:
 *
 *	0 ... RAM | descriptors | ring ring | ring ring | ...
 *
 * A driver may change a device's status, its accepted features and its rings there. The hypervisor
 * reads these only when the driver notifies it, and keeps everything else in struct virtio_device.
 * If a driver breaks a rule, its device fails: the hypervisor reports it in one line, and the
 * device does not work until the driver resets it.
 *
 * The life of a request:
 *
 *	driver: NOTIFY          devices_notify: the queue is pending, and so is the guest
 *	the guest's next turn   devices_serve -> serve_chains -> ring_peek, the device's serve()
 *	serve() returns DONE    the chain is given back; while the stretch lasts, the next follows
 *	            AGAIN       the queue stays pending for the guest's next turn
 *	            BLOCKED     the queue waits until device_continue makes it pending again
 */
#ifndef HV_VIRTIO_DEVICES_H
#define HV_VIRTIO_DEVICES_H

#include "abi/snapshot.h"
#include "hv/base/stretch.h"
#include "hv/virtio/ring.h"
#include "hv/virtio/switch.h"

struct guest;
struct guest_config;
struct virtio_device;

#define DEVICES_MAX 4
#define DEVICE_QUEUES_MAX 2

enum request_outcome {
	REQUEST_DONE,    /* the chain has been given back, or the ring has failed */
	REQUEST_BLOCKED, /* it waits for an event outside of the guest: device_continue */
	REQUEST_AGAIN,   /* the stretch is spent, or frames had to be touched: see ring->done */
};

/* A type of device: constants and operations. */
struct virtio_kind {
	const char *name; /* for messages */
	enum virtio_type type;
	u8 queues, config_bytes;
	u16 queue_size; /* buffers of each ring */
	u16 own_frames; /* frames that it may take from the guest's account while it runs */

	/* True if a guest of this configuration has such a device. */
	bool (*exists)(const struct guest_config *config);
	/* Called at start-up for each guest that has such a device, before any guest is started.
	 * NULL: nothing to do. */
	void (*configure)(const struct guest_config *config);
	/* Writes the offered features and the device's configuration. */
	void (*open)(struct virtio_device *device, u32 *features, void *config);
	/* start: the driver has started the device. stop: the driver has reset it, or the guest has
	 * ended. NULL: nothing to do. */
	void (*start)(struct virtio_device *device);
	void (*stop)(struct virtio_device *device);
	/* The clone's device has been copied from its parent's, and runs: what the copy must not share.
	 * NULL: nothing to do. */
	void (*clone)(struct virtio_device *clone, const struct virtio_device *parent);
	/* Serves one chain of a queue, or a part of it. Each call serves at least one part, and
	 * more while the stretch lasts. */
	enum request_outcome (*serve)(struct virtio_device *device, u32 queue,
				      const struct ring_chain *chain);
};

#define CONSOLE_TYPED_MAX 512u

/* console.c only. */
struct console_device {
	char typed[CONSOLE_TYPED_MAX]; /* circular queue of keys that the guest has not taken yet */
	u32 first, count;              /* index of the oldest key, number of keys */
};

/* block.c only. */
struct block_device {
	u8 *bytes; /* of the boot module */
	u32 sectors;
};

/* net.c only. */
struct net_device {
	struct switch_port port;
	bool joined; /* the port is open */
};

enum device_state {
	DEVICE_RESET,   /* the driver has not started it yet */
	DEVICE_RUNNING, /* queues are served */
	DEVICE_FAILED,  /* it has failed, or the guest has ended */
};

/* One device of a guest. Only devices.c writes it, except the union and the rings' contents. */
struct virtio_device {
	const struct virtio_kind *kind;
	struct guest *guest;
	gpa_t at; /* of its descriptor */
	enum device_state state;
	const char *failure;   /* the reason of a failure that is to be reported, or NULL */
	bool reported;         /* one failure has been reported: no further one is */
	u32 offered, accepted; /* features */
	struct ring rings[DEVICE_QUEUES_MAX];
	u8 irqs[DEVICE_QUEUES_MAX]; /* the guest's IRQ line of each queue */
	u8 pending;                 /* bit n: queue n is to be served */
	union {
		struct console_device console;
		struct block_device block;
		struct net_device net;
	};
};

/* All devices of a guest. */
struct guest_devices {
	struct virtio_device device[DEVICES_MAX];
	u32 count; /* valid ones, from 0 */
};

/* The number of frames above RAM that the devices of such a guest take: descriptors and rings. */
u32 devices_frames(const struct guest_config *config);

/* The number of further frames of the guest's account that they take at most, while they run. */
u32 devices_own_frames(const struct guest_config *config);

/* Announces a guest's configuration to all types of devices: once for each guest, before any is
 * started. */
void devices_configure(const struct guest_config *config);

/* The devices of a clone, which has its memory: as its parent's. */
void devices_clone(struct guest *clone, struct guest *parent);

/* Creates the devices of a guest that has its memory, and writes their descriptors. */
void devices_open(struct guest *g);

/* The state of a guest's devices, for a snapshot and from one. For a restored guest, devices_open has been
 * called, and its memory is complete. Kills it if the state is bad. */
void devices_save(const struct guest *g, struct snapshot_devices *to);
void devices_restore(struct guest *g, const struct snapshot_devices *from);

/* Stops and removes all devices of a guest. */
void devices_close(struct guest *g);

/* NOTIFY of an address above RAM: a device's descriptor (its status has changed), or a ring (which
 * becomes pending). False if nothing is there. */
bool devices_notify(struct guest *g, gpa_t at);

/* Serves the pending queues, in the guest's own turn. AGAIN: some are still pending. */
enum progress devices_serve(struct guest *g);

/* Reports the failures of devices, a line each. The caller has checked that there is room
 * (console_print_room). */
void devices_report(struct guest *g);

/* Writes the device's configuration, `config_bytes` of its kind, into its descriptor. */
void device_write_config(struct virtio_device *device, const void *config);

/* An event outside of the guest: the queue is pending, if the device runs. */
void device_continue(struct virtio_device *device, u32 queue);

extern const struct virtio_kind console_kind, entropy_kind, block_kind, net_kind;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's devices (docs/abi.md section 9). Above its RAM lie a page of descriptors and then the
 * rings:
 *
 *	0 ... RAM | descriptors | ring ring | ring ring | ...
 *
 * What a driver may change there (status, accepted features, rings) is read when it says so; all
 * else we keep ourselves. A driver that breaks a rule loses its device, with one line: nothing else
 * happens.
 */
#ifndef HV_VIRTIO_DEVICES_H
#define HV_VIRTIO_DEVICES_H

#include "hv/base/stretch.h"
#include "hv/virtio/ring.h"
#include "hv/virtio/switch.h"

struct guest;
struct guest_config;
struct virtio_device;

#define DEVICES_MAX 4
#define DEVICE_QUEUES_MAX 2

enum request_outcome {
	REQUEST_DONE,  /* given back, or the ring is broken */
	REQUEST_WAITS, /* until something happens outside of the guest */
	REQUEST_GOES_ON, /* the stretch is spent, or frames were touched: ring->done says how far it is */
};

/* What devices of one type have in common. */
struct virtio_kind {
	const char *name;
	enum virtio_type type;
	u8 queues, config_bytes;
	u16 queue_size;
	u16 own_frames; /* that it may take from the guest's account while it runs */
	/* True if a guest made like this has one. */
	bool (*exists)(const struct guest_config *config);
	/* Such a guest is configured, and will be started now or later. NULL: nothing to do. */
	void (*configure)(const struct guest_config *config);
	/* Fills in the features that are offered, and the configuration. */
	void (*open)(struct virtio_device *device, u32 *features, void *config);
	/* The driver is there; it is gone, or the guest is. NULL: nothing to do. */
	void (*start)(struct virtio_device *device);
	void (*stop)(struct virtio_device *device);
	/* Serves one chain of a queue, or a part of it: at least one, and more while the stretch lasts. */
	enum request_outcome (*serve)(struct virtio_device *device, u32 queue,
				      const struct ring_chain *chain);
};

#define CONSOLE_TYPED_MAX 512u

struct console_device {
	char typed[CONSOLE_TYPED_MAX]; /* a circle: what the guest has not taken yet */
	u32 first, count;
	u32 dropped; /* bytes that came while it was full */
};

struct block_device {
	u8 *bytes;
	u32 sectors;
};

struct net_device {
	struct switch_port port;
	bool joined;
};

enum device_state { DEVICE_RESET, DEVICE_RUNNING, DEVICE_FAILED };

struct virtio_device {
	const struct virtio_kind *kind;
	struct guest *guest;
	gpa_t at; /* its descriptor */
	enum device_state state;
	const char *failure; /* to be said; NULL: nothing is */
	bool reported;       /* a failure has been said: one line is enough */
	u32 offered, accepted;
	struct ring rings[DEVICE_QUEUES_MAX];
	u8 irqs[DEVICE_QUEUES_MAX];
	u8 pending; /* bit n: queue n is to be served */
	union {
		struct console_device console;
		struct block_device block;
		struct net_device net;
	};
};

struct guest_devices {
	struct virtio_device device[DEVICES_MAX];
	u32 count;
};

/* How many frames above RAM the devices of such a guest take, and how many elsewhere. */
u32 devices_frames(const struct guest_config *config);
u32 devices_own_frames(const struct guest_config *config);

/* Such a guest is configured: once for each, before any is started. */
void devices_configure(const struct guest_config *config);

/* Writes the descriptors; the guest has its memory already. */
void devices_open(struct guest *g);

/* Takes all devices away. */
void devices_close(struct guest *g);

/* NOTIFY of an address above RAM. False if nothing is there. A queue that it names is pending then. */
bool devices_notify(struct guest *g, gpa_t at);

/* Serves the queues that are pending, in the guest's own time. AGAIN: some still are. */
enum progress devices_serve(struct guest *g);

/* Says which devices have failed. A line takes room (console_print_room). */
void devices_report(struct guest *g);

/* Something happened outside of the guest: the queue is pending, if its driver is there. */
void device_continue(struct virtio_device *device, u32 queue);

extern const struct virtio_kind console_kind, entropy_kind, block_kind, net_kind;

#endif

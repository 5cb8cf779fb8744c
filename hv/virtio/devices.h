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

#include "hv/virtio/ring.h"
#include "hv/virtio/switch.h"

struct guest;
struct guest_config;
struct virtio_device;

#define DEVICES_MAX 4
#define DEVICE_QUEUES_MAX 2

/* What one hypercall may cost: in bytes that are moved, and as much for a request as if it were
 * some. What is left of it is an argument wherever work is done. */
#define DEVICE_BUDGET (256 * KIB)
#define DEVICE_REQUEST_COST 256u
#define DEVICE_BUFFER_COST 64u

enum request_outcome {
	REQUEST_DONE,    /* given back, or the ring is broken */
	REQUEST_WAITS,   /* until something happens outside of the guest */
	REQUEST_GOES_ON, /* the budget is spent: ring->done says how far it is */
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
	/* Fills in the features that are offered, and the configuration. */
	void (*open)(struct virtio_device *device, u32 *features, void *config);
	/* The driver is there; it is gone, or the guest is. NULL: nothing to do. */
	void (*start)(struct virtio_device *device);
	void (*stop)(struct virtio_device *device);
	/* Serves one chain of a queue. */
	enum request_outcome (*serve)(struct virtio_device *device, u32 queue,
				      const struct ring_chain *chain, u32 *budget);
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
	u8 mac[NET_MAC_SIZE];
};

enum device_state { DEVICE_RESET, DEVICE_RUNNING, DEVICE_FAILED };

struct virtio_device {
	const struct virtio_kind *kind;
	struct guest *guest;
	gpa_t at; /* its descriptor */
	enum device_state state;
	bool reported; /* a failure: one line is enough */
	u32 offered, accepted;
	struct ring rings[DEVICE_QUEUES_MAX];
	u8 irqs[DEVICE_QUEUES_MAX];
	u8 serving, again; /* bit n: queue n is being served now, and there is more to do then */
	union {
		struct console_device console;
		struct block_device block;
		struct net_device net;
	};
};

struct guest_devices {
	struct virtio_device device[DEVICES_MAX];
	u32 count;
	u32 irqs;        /* bit n: a device that runs may raise IRQ n */
	bool unfinished; /* the last NOTIFY has more to do than one may */
};

/* How many frames above RAM the devices of such a guest take, and how many elsewhere. */
u32 devices_frames(const struct guest_config *config);
u32 devices_own_frames(const struct guest_config *config);

/* Writes the descriptors; the guest has its memory already. */
void devices_open(struct guest *g);

/* Takes all devices away. */
void devices_close(struct guest *g);

/* NOTIFY of an address above RAM. False if nothing is there. */
bool devices_notify(struct guest *g, gpa_t at);

/* Something happened outside of the guest: goes on with a queue, if its driver is there. */
void device_continue(struct virtio_device *device, u32 queue);

/* Takes `cost` off the budget; false if it was not enough, and it is 0 then. */
static inline bool budget_spend(u32 *budget, u32 cost)
{
	bool enough = *budget >= cost;

	*budget = enough ? *budget - cost : 0;
	return enough;
}

extern const struct virtio_kind console_kind, entropy_kind, block_kind, net_kind;

#endif

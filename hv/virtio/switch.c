/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1. Ports
 * 2. Queues
 * 3. Addresses
 * 4. Forwarding
 */
#include "hv/virtio/switch.h"

#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define SWITCH_ADDRESSES 384u /* one for each configured guest */
#define ENTRY_SIZE (PORT_PAGES * FRAME_SIZE / PORT_QUEUE_SIZE)
#define MAC_GROUP 1u /* bit 0 of the first byte: a group of stations, or all */

_Static_assert(NET_FRAME_MAX <= ENTRY_SIZE, "a frame fits into an entry of the queue");

/* All guests are on one network. */
static struct switch_port *ports[SWITCH_PORTS];
static u32 ports_end;                    /* all ports are below this index */
static mac_t reserved[SWITCH_ADDRESSES]; /* the addresses of all configured guests */
static u32 reserved_count;

/* -- 1. Ports ---------------------------------------------------------------------------------- */

static bool add_port(struct switch_port *port)
{
	u32 i;

	for (i = 0; i < SWITCH_PORTS; i++) {
		if (ports[i])
			continue;
		ports[i] = port;
		ports_end = max_u32(ports_end, i + 1);
		return true;
	}
	return false;
}

static void free_queue(struct switch_port *port, u32 pages)
{
	while (pages--)
		frame_free(port->account, port->pages[pages]);
}

bool switch_join(struct switch_port *port, struct frame_account *account, mac_t own)
{
	u32 i;

	*port = (struct switch_port){.own = own, .account = account};
	for (i = 0; i < PORT_PAGES && frame_alloc(account, &port->pages[i]); i++)
		;
	if (i == PORT_PAGES && add_port(port))
		return true;
	free_queue(port, i);
	return false;
}

void switch_leave(struct switch_port *port)
{
	u32 i;

	for (i = 0; i < ports_end; i++) {
		if (ports[i] != port)
			continue;
		ports[i] = NULL;
		free_queue(port, PORT_PAGES);
	}
	while (ports_end && !ports[ports_end - 1])
		ports_end--;
}

/* -- 2. Queues --------------------------------------------------------------------------------- */

static u8 *entry_bytes(struct switch_port *port, u32 entry)
{
	return (u8 *)frame_map(port->pages[entry / 2]) + entry % 2 * ENTRY_SIZE;
}

static void deliver(struct switch_port *port, const u8 *frame, u32 size)
{
	u32 entry = (port->first + port->count) % PORT_QUEUE_SIZE;

	if (port->count == PORT_QUEUE_SIZE) {
		port->dropped++;
		return;
	}
	memcpy(entry_bytes(port, entry), frame, size);
	port->sizes[entry] = size;
	port->count++;
	port->received++;
	if (port->arrived)
		port->arrived(port->owner);
}

const u8 *switch_first(struct switch_port *port, u32 *size)
{
	if (!port->count)
		return NULL;
	*size = port->sizes[port->first];
	return entry_bytes(port, port->first);
}

void switch_drop_first(struct switch_port *port)
{
	ASSERT(port->count);
	port->first = (port->first + 1) % PORT_QUEUE_SIZE;
	port->count--;
}

/* -- 3. Addresses ------------------------------------------------------------------------------ */

static mac_t mac_at(const u8 *bytes)
{
	mac_t mac = 0;

	memcpy(&mac, bytes, NET_MAC_SIZE);
	return mac;
}

static bool has_learned(const struct switch_port *port, mac_t mac)
{
	for (u32 i = 0; i < PORT_ADDRESSES; i++)
		if (port->learned[i] == mac)
			return true;
	return false;
}

static struct switch_port *find_own(mac_t mac)
{
	for (u32 i = 0; i < ports_end; i++)
		if (ports[i] && ports[i]->own == mac)
			return ports[i];
	return NULL;
}

static struct switch_port *find_learned(mac_t mac)
{
	for (u32 i = 0; i < ports_end; i++)
		if (ports[i] && ports[i]->has_learned && has_learned(ports[i], mac))
			return ports[i];
	return NULL;
}

void switch_reserve(mac_t mac)
{
	ASSERT(reserved_count < SWITCH_ADDRESSES);
	reserved[reserved_count++] = mac;
}

static bool is_reserved(mac_t mac)
{
	for (u32 i = 0; i < reserved_count; i++)
		if (reserved[i] == mac)
			return true;
	return false;
}

static void forget(struct switch_port *port, mac_t mac)
{
	u32 i;

	for (i = 0; i < PORT_ADDRESSES; i++) {
		if (port->learned[i] == mac)
			port->learned[i] = 0;
	}
}

/* Records that the station `mac` is behind this port, and no longer behind another one. The
 * addresses of configured guests are never learned, even while their cards are down. Each port has
 * its own list, so that addresses that a guest invents replace only addresses behind its own
 * port. */
static void learn(struct switch_port *port, mac_t mac)
{
	struct switch_port *known;

	if ((mac & MAC_GROUP) || !mac || is_reserved(mac))
		return;
	known = find_learned(mac);
	if (known == port)
		return;
	if (known)
		forget(known, mac);
	port->has_learned = true;
	port->learned[port->next_learned] = mac;
	port->next_learned = (port->next_learned + 1) % PORT_ADDRESSES;
}

/* -- 4. Forwarding ----------------------------------------------------------------------------- */

/* To every port except the sender's, in parts. */
static enum progress flood(struct switch_port *from, const u8 *frame, u32 size)
{
	for (u32 count = 0; from->flooded < ports_end && count < FLOOD_AT_ONCE; from->flooded++) {
		struct switch_port *to = ports[from->flooded];

		if (!to || to == from)
			continue;
		deliver(to, frame, size);
		count++;
	}
	if (from->flooded < ports_end)
		return AGAIN;
	from->flooded = 0;
	return DONE;
}

static enum progress forward(struct switch_port *from, struct switch_port *to, const u8 *frame,
			     u32 size)
{
	from->flooded = 0;
	if (to && to != from)
		deliver(to, frame, size);
	return DONE;
}

enum progress switch_send(struct switch_port *from, const u8 *frame, u32 size)
{
	mac_t to = mac_at(frame);
	struct switch_port *known;

	ASSERT(size >= NET_FRAME_MIN && size <= NET_FRAME_MAX);
	if (!from->flooded) {
		from->sent++;
		learn(from, mac_at(frame + NET_MAC_SIZE));
	}
	if (to & MAC_GROUP || !to)
		return flood(from, frame, size);
	if (is_reserved(to)) /* its port is NULL while its card is down */
		return forward(from, find_own(to), frame, size);
	known = find_learned(to);
	return known ? forward(from, known, frame, size) : flood(from, frame, size);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A clone's network card has an address of its own. Frames reach the parent and its clones,
 * each in its own buffers, and each frame once.
 *
 * Reason: The driver's buffers lie in shared frames, and the switch must tell the cards apart.
 *
 * Method: The parent and two clones each broadcast a frame, one after the other, while the two others
 * have buffers that were offered before CLONE.
 *
 * Module: mem=4M clones=12
 * Expect: shut down "tap: "
 * Expect-clones: 6 shut down "tap: "
 */
#include "tests/guest/clones/parties.h"

#define PAYLOAD 100u
#define PATIENCE_TURNS 200u
#define SIZE (NET_FRAME_MIN + PAYLOAD)

static struct net_frame out, in;
static u8 own[NET_MAC_SIZE];

static void read_address(void)
{
	struct virtio_device card;

	if (!virtio_find(&card, VIRTIO_NET))
		panic("no card");
	virtio_config(&card, own, sizeof(own));
}

static void send(u32 value)
{
	memcpy(out.to, NET_BROADCAST, NET_MAC_SIZE);
	memcpy(out.from, own, NET_MAC_SIZE);
	out.type[0] = 0x88; /* local experiments (IEEE 802, 9.2.3) */
	out.type[1] = 0xB5;
	memset(out.payload, value, PAYLOAD);
	net_send(&out, SIZE);
}

static bool is_whole(u32 value)
{
	u32 i;

	for (i = 0; i < PAYLOAD; i++)
		if (in.payload[i] != value)
			return false;
	return true;
}

/* Party n's value in a round; a clone of an earlier round may still be there. */
static u32 value_of(u32 round, u32 party)
{
	return 1 + round * PARTIES + party;
}

/* Takes all frames that have come, and adds to `seen`: bit n for the frame of party n, and bit 31 for
 * each that is wrong. */
static void take_frames(u32 round, u32 *seen)
{
	static u8 last[NET_MAC_SIZE];
	u32 size, party;

	while ((size = net_receive(&in))) {
		party = in.payload[0] - value_of(round, 0);
		if (party >= PARTIES)
			continue;
		if (size != SIZE || (*seen >> party & 1) || !is_whole(value_of(round, party)) ||
		    !memcmp(in.from, own, NET_MAC_SIZE) || !memcmp(in.from, last, NET_MAC_SIZE))
			*seen |= 1u << 31;
		memcpy(last, in.from, NET_MAC_SIZE);
		*seen |= 1u << party;
	}
}

/* Waits until both have come, and a while longer. */
static u32 receive_frames(u32 round, u32 wanted)
{
	u32 seen = 0, turns;

	for (turns = 0; turns < PATIENCE_TURNS && (seen & wanted) != wanted; turns++) {
		clock_sleep_ms(TURN_MS);
		take_frames(round, &seen);
	}
	clock_sleep_ms(TURN_MS);
	take_frames(round, &seen);
	return seen;
}

static void play_net_round(u32 round)
{
	u8 before[NET_MAC_SIZE];
	u32 party, turn, others;

	memcpy(before, own, sizeof(own));
	party = split();
	read_address();
	is_equal(!memcmp(before, own, sizeof(own)), !party,
		 "a clone's card has another address, its parent's the same");
	turn = (party + round) % PARTIES;
	clock_sleep_ms((turn + 1) * TURN_MS);
	send(value_of(round, party));
	others = ((1u << PARTIES) - 1) & ~(1u << party);
	is_equal(receive_frames(round, others), others,
		 "the frames of the two others have come, each once");
	if (party)
		done();
}

const char *guest_main(void)
{
	u32 round;

	paging_start();
	if (!net_start())
		return "no card";
	irq_enable();
	read_address();
	for (round = 0; round < ROUNDS; round++)
		play_net_round(round);
	done();
}

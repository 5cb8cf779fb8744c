// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The switch between guests: the receivers of each frame, and frames that no receiver takes.
 */
#include "tests/unit/native.h"

#include <string.h>

#include "hv/virtio/switch.h"

#define MACHINE_FRAMES 8192u
#define FIRST 0x80u
#define BROADCAST 0xFFFFFFFFFFFFull
#define OWN(n) (0x0000020000000002ull | (u64)(n) << 32)
#define UNKNOWN OWN(999)

static struct frame_account accounts[SWITCH_PORTS + 1];
static struct switch_port ports[SWITCH_PORTS + 1];
static u32 open_ports;

static void join(u32 count)
{
	for (; open_ports < count; open_ports++) {
		assert_true(
		    frames_open(&accounts[open_ports], OWNER_FIRST_GUEST + open_ports, PORT_PAGES));
		assert_true(
		    switch_join(&ports[open_ports], &accounts[open_ports], OWN(open_ports)));
	}
}

static int start(void **state)
{
	(void)state;
	machine_start(MACHINE_FRAMES);
	machine_add_ram(FIRST, MACHINE_FRAMES - FIRST);
	open_ports = 0;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	while (open_ports--) {
		switch_leave(&ports[open_ports]);
		switch_leave(&ports[open_ports]); /* once is enough, twice does no harm */
		frames_close(&accounts[open_ports]);
	}
	frames_check(NULL);
	assert_int_equal(frames_free_count(), MACHINE_FRAMES - FIRST);
	machine_stop();
	return 0;
}

static void send(u32 port, u64 to, u64 from, u32 size)
{
	u8 frame[NET_FRAME_MAX];

	for (u32 i = 0; i < size; i++)
		frame[i] = i + size;
	memcpy(frame, &to, NET_MAC_SIZE);
	memcpy(frame + NET_MAC_SIZE, &from, NET_MAC_SIZE);
	while (switch_send(&ports[port], frame, size) == AGAIN)
		;
}

/* Takes the oldest frame: its size, 0 if there is none. */
static u32 take(u32 port)
{
	u32 size = 0;
	const u8 *frame = switch_first(&ports[port], &size);

	if (!frame)
		return 0;
	for (u32 i = 2 * NET_MAC_SIZE; i < size; i++)
		assert_int_equal(frame[i], (u8)(i + size));
	switch_drop_first(&ports[port]);
	return size;
}

/* The frame must be at these ports (bit n: port n) and nowhere else. */
static void assert_at(u32 at, u32 size)
{
	for (u32 i = 0; i < open_ports; i++) {
		assert_int_equal(take(i), at & 1u << i ? size : 0);
		assert_int_equal(take(i), 0);
	}
}

static void frame_for_reserved_address_reaches_its_port_only(void **state)
{
	(void)state;
	join(4);
	send(0, OWN(2), OWN(0), 60);
	assert_at(1u << 2, 60);
}

static void group_frames_reach_all_other_ports(void **state)
{
	(void)state;
	join(4);
	send(1, BROADCAST, OWN(1), NET_FRAME_MIN);
	assert_at(0xD, NET_FRAME_MIN);
	send(1, 0x5E0001, OWN(1), NET_FRAME_MAX); /* multicast */
	assert_at(0xD, NET_FRAME_MAX);
	send(1, UNKNOWN, OWN(1), 100);
	assert_at(0xD, 100);
	send(1, 0, OWN(1), 100);
	assert_at(0xD, 100);
}

static void frame_for_its_sender_is_dropped(void **state)
{
	(void)state;
	join(3);
	send(1, OWN(1), OWN(1), 100);
	assert_at(0, 0);
}

static void learned_address_moves_with_its_station(void **state)
{
	(void)state;
	join(3);
	send(2, BROADCAST, UNKNOWN, 60);
	assert_at(3, 60);
	send(0, UNKNOWN, OWN(0), 60);
	assert_at(1u << 2, 60);
	send(1, OWN(0), UNKNOWN, 60); /* it is behind port 1 now */
	assert_at(1, 60);
	send(0, UNKNOWN, OWN(0), 60);
	assert_at(1u << 1, 60);
	send(2, OWN(0), UNKNOWN, 60); /* and here it is back */
	assert_at(1, 60);
	send(0, UNKNOWN, OWN(0), 60);
	assert_at(1u << 2, 60);
}

static void reserved_address_is_not_learned_elsewhere(void **state)
{
	(void)state;
	join(3);
	for (u32 thief = 0; thief <= 2; thief += 2) {
		send(thief, BROADCAST, OWN(1), 60);
		assert_at(7 & ~(1u << thief), 60);
		send(2 - thief, OWN(1), OWN(2 - thief), 60);
		assert_at(1u << 1, 60);
	}
}

/* No station's address has the group bit, and 0 means "none" in the switch's table. */
static void group_addresses_are_not_learned(void **state)
{
	(void)state;
	join(3);
	send(1, OWN(0), BROADCAST, 60);
	send(1, OWN(0), 0, 60);
	assert_true(all_bytes_are(ports[1].learned, 0, sizeof(ports[1].learned)));
}

static void several_stations_may_be_behind_a_port(void **state)
{
	(void)state;
	join(3);
	for (u32 i = 0; i < PORT_ADDRESSES; i++) {
		send(2, OWN(0), OWN(1000 + i), 60);
		assert_at(1, 60);
	}
	for (u32 i = 0; i < PORT_ADDRESSES; i++) {
		send(0, OWN(1000 + i), OWN(0), 60);
		assert_at(1u << 2, 60);
	}
}

static void learned_addresses_replace_those_of_own_port_only(void **state)
{
	(void)state;
	join(3);
	send(1, OWN(0), UNKNOWN, 60);
	assert_at(1, 60);
	for (u32 i = 0; i < 1000; i++) {
		send(2, OWN(0), OWN(100 + i % 150), 60);
		assert_int_equal(take(0), 60);
	}
	send(0, UNKNOWN, OWN(0), 60);
	assert_at(1u << 1, 60);
	send(0, OWN(2), OWN(0), 60);
	assert_at(1u << 2, 60);
}

static void full_queue_drops_frames(void **state)
{
	(void)state;
	join(2);
	for (u32 i = 0; i < PORT_QUEUE_SIZE + 7; i++)
		send(0, OWN(1), OWN(0), 100 + i);
	assert_int_equal(ports[1].dropped, 7);
	for (u32 i = 0; i < PORT_QUEUE_SIZE; i++)
		assert_int_equal(take(1), 100 + i);
	assert_int_equal(take(1), 0);
	send(0, OWN(1), OWN(0), 77);
	assert_int_equal(take(1), 77);
}

/* Also while its card is down: frames for it are dropped, and not sent to everyone. */
static void frame_for_guest_without_port_is_dropped(void **state)
{
	(void)state;
	join(3);
	switch_leave(&ports[1]);
	send(2, OWN(0), OWN(1), 60);
	assert_int_equal(take(0), 60);
	send(0, OWN(1), OWN(0), 60);
	assert_int_equal(take(2), 0);
	assert_true(switch_join(&ports[1], &accounts[1], OWN(1)));
	send(0, OWN(1), OWN(0), 60);
	assert_at(1u << 1, 60);
}

/* A closed port loses its queue and its learned addresses. */
static void closed_port_is_forgotten(void **state)
{
	(void)state;
	join(3);
	send(1, OWN(2), UNKNOWN, 60);
	switch_leave(&ports[1]);
	switch_leave(&ports[2]);
	send(0, UNKNOWN, OWN(0), 60);
	send(0, OWN(2), OWN(0), 60);
	assert_true(switch_join(&ports[2], &accounts[2], OWN(2)));
	assert_int_equal(take(2), 0);
	send(0, OWN(2), OWN(0), 60);
	assert_int_equal(take(2), 60);
}

static void number_of_ports_is_limited(void **state)
{
	(void)state;
	join(SWITCH_PORTS);
	send(0, BROADCAST, OWN(0), 60);
	for (u32 i = 1; i < SWITCH_PORTS; i++)
		assert_int_equal(take(i), 60);
	assert_true(
	    frames_open(&accounts[SWITCH_PORTS], OWNER_FIRST_GUEST + SWITCH_PORTS, PORT_PAGES));
	assert_false(switch_join(&ports[SWITCH_PORTS], &accounts[SWITCH_PORTS], OWN(777)));
	assert_int_equal(accounts[SWITCH_PORTS].used, 0);
	switch_leave(&ports[3]);
	assert_true(switch_join(&ports[SWITCH_PORTS], &accounts[SWITCH_PORTS], OWN(777)));
	switch_leave(&ports[SWITCH_PORTS]);
	frames_close(&accounts[SWITCH_PORTS]);
}

/* A sender copies to FLOOD_AT_ONCE ports in each call, and each port gets the frame once, with ports that close in
 * between and a frame that the sender changes. */
static void frame_to_all_is_sent_in_parts(void **state)
{
	const u64 all = BROADCAST, other = OWN(1);
	u8 frame[60] = {0};

	(void)state;
	join(2 * FLOOD_AT_ONCE + 2);
	for (u32 i = 0; i < sizeof(frame); i++)
		frame[i] = i + sizeof(frame);
	memcpy(frame, &all, NET_MAC_SIZE);
	assert_int_equal(switch_send(&ports[0], frame, sizeof(frame)), AGAIN);
	assert_int_equal(take(FLOOD_AT_ONCE), 60);
	assert_int_equal(take(FLOOD_AT_ONCE + 1), 0);
	switch_leave(&ports[FLOOD_AT_ONCE + 1]);
	assert_int_equal(switch_send(&ports[0], frame, sizeof(frame)), DONE);
	for (u32 i = FLOOD_AT_ONCE + 2; i < open_ports; i++)
		assert_int_equal(take(i), 60);
	assert_int_equal(take(1), 60);
	assert_int_equal(take(1), 0);
	assert_int_equal(ports[0].sent, 1);

	assert_int_equal(switch_send(&ports[0], frame, sizeof(frame)), AGAIN);
	memcpy(frame, &other, NET_MAC_SIZE);
	assert_int_equal(switch_send(&ports[0], frame, sizeof(frame)), DONE);
	assert_int_equal(ports[0].flooded, 0);
	assert_int_equal(take(1), 60);
	assert_int_equal(take(1), 60);
	assert_int_equal(take(1), 0);
}

static void poor_account_is_refused(void **state)
{
	struct frame_account poor;
	struct switch_port port;

	(void)state;
	assert_true(frames_open(&poor, OWNER_FIRST_GUEST + 30, PORT_PAGES - 1));
	assert_false(switch_join(&port, &poor, OWN(5)));
	assert_int_equal(poor.used, 0);
	frames_close(&poor);
}

int main(void)
{
#define SWITCH_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)
	const struct CMUnitTest tests[] = {
	    SWITCH_TEST(frame_for_reserved_address_reaches_its_port_only),
	    SWITCH_TEST(group_frames_reach_all_other_ports),
	    SWITCH_TEST(frame_for_its_sender_is_dropped),
	    SWITCH_TEST(learned_address_moves_with_its_station),
	    SWITCH_TEST(reserved_address_is_not_learned_elsewhere),
	    SWITCH_TEST(group_addresses_are_not_learned),
	    SWITCH_TEST(several_stations_may_be_behind_a_port),
	    SWITCH_TEST(learned_addresses_replace_those_of_own_port_only),
	    SWITCH_TEST(full_queue_drops_frames),
	    SWITCH_TEST(frame_for_guest_without_port_is_dropped),
	    SWITCH_TEST(closed_port_is_forgotten),
	    SWITCH_TEST(number_of_ports_is_limited),
	    SWITCH_TEST(frame_to_all_is_sent_in_parts),
	    SWITCH_TEST(poor_account_is_refused),
	};

	for (u32 i = 0; i < SWITCH_PORTS; i++)
		switch_reserve(OWN(i));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

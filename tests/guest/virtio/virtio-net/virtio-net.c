/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A learning switch carries frames from guest to guest: complete, to all guests for a
 * broadcast or unknown address, to one for a known one. A frame of a wrong size, or without room at
 * the receiver, is lost without other effect.
 *
 * Reason: Kernels talk to each other through it.
 *
 * Method: One guest (role=talker) tests; one sends each frame back (role=echo), one counts what it
 * sees of others (role=counter). The talker tells both when to end.
 *
 * Module: mem=2M timeout=20 -- role=talker
 * Expect: shut down "tap: "
 * Runner: tests/system/net.t
 */
#include "guest/include/kit.h"

#define TYPE_HIGH 0x88 /* local experiments (IEEE 802, 9.2.3) */
#define TYPE_LOW 0xB5
#define PATIENCE_MS 2000u
#define FRAMES 300u
#define FLOOD 2000u

enum { HELLO = 1, ECHO, REPORT, BYE };

/* The first word of the payload. */
struct message {
	u32 what, number, seen;
};
#define MESSAGE_SIZE (NET_FRAME_MIN + sizeof(struct message))

static struct net_frame out, in;
static u8 echo_address[NET_MAC_SIZE], counter_address[NET_MAC_SIZE];

static struct message *message_of(struct net_frame *frame)
{
	return (struct message *)frame->payload;
}

static void send_to(const void *to, u32 what, u32 number, u32 size)
{
	memcpy(out.to, to, NET_MAC_SIZE);
	memcpy(out.from, net_address(), NET_MAC_SIZE);
	out.type[0] = TYPE_HIGH;
	out.type[1] = TYPE_LOW;
	message_of(&out)->what = what;
	message_of(&out)->number = number;
	net_send(&out, size);
}

/* Waits a while for the next frame; 0: there was none. */
static u32 receive(u32 patience_ms)
{
	u32 size, waited;

	for (waited = 0; !(size = net_receive(&in)) && waited < patience_ms; waited++)
		clock_sleep_ms(1);
	return size;
}

static void fill(u32 number, u32 size)
{
	u32 i;

	for (i = sizeof(struct message); i < size - NET_FRAME_MIN; i++)
		out.payload[i] = number + i * 7;
}

/* A frame that is sent back must be the same, but for its addresses. */
static bool echoes(u32 number, u32 size)
{
	fill(number, size);
	send_to(echo_address, ECHO, number, size);
	return receive(PATIENCE_MS) == size && !memcmp(in.from, echo_address, NET_MAC_SIZE) &&
	       !memcmp(in.to, net_address(), NET_MAC_SIZE) &&
	       !memcmp(in.payload, out.payload, size - NET_FRAME_MIN);
}

/* The number of frames for others that the counter has seen. */
static u32 counted(void)
{
	send_to(counter_address, REPORT, 0, MESSAGE_SIZE);
	while (receive(PATIENCE_MS)) {
		if (message_of(&in)->what == REPORT)
			return message_of(&in)->seen;
	}
	return ~0u;
}

/* The others may start later: calls until both have answered. */
static void test_hello(void)
{
	static const u8 none[NET_MAC_SIZE];
	u32 tries;

	for (tries = 0; tries < 100; tries++) {
		send_to(NET_BROADCAST, HELLO, tries, MESSAGE_SIZE);
		while (receive(20)) {
			if (message_of(&in)->what == ECHO)
				memcpy(echo_address, in.from, NET_MAC_SIZE);
			else
				memcpy(counter_address, in.from, NET_MAC_SIZE);
		}
		if (memcmp(echo_address, none, NET_MAC_SIZE) &&
		    memcmp(counter_address, none, NET_MAC_SIZE))
			break;
	}
	ok(!memcmp(echo_address, "\x52\x54\x00\x75\x6D\x02", NET_MAC_SIZE),
	   "the second guest has answered a broadcast");
	ok(!memcmp(counter_address, "\x52\x54\x00\x75\x6D\x03", NET_MAC_SIZE),
	   "the third guest has answered a broadcast");
}

static void test_frames(void)
{
	u32 i, right = 0, before = counted();

	for (i = 0; i < FRAMES; i++)
		right += echoes(i, MESSAGE_SIZE + i * 37 % (NET_FRAME_MAX - MESSAGE_SIZE + 1));
	is_equal(right, FRAMES, "%u frames of all sizes come back as they were sent", FRAMES);
	ok(echoes(1, NET_FRAME_MAX), "the largest frame comes back as it was sent");
	is_equal(counted(), before, "no other guest has seen a frame");
}

static void test_unknown_address(void)
{
	u32 before = counted();

	send_to("\x52\x54\x00\x75\x6D\x7F", HELLO + 100, 0, MESSAGE_SIZE);
	is_equal(counted(), before + 1, "a frame for an unknown address goes to all");
	send_to(net_address(), ECHO, 0, MESSAGE_SIZE);
	is_equal(counted(), before + 1, "a frame for the sender itself goes to no guest");
	is_equal(receive(1), 0, "a frame for the sender itself does not come back");
}

static void test_wrong_sizes(void)
{
	static u8 large[NET_FRAME_MAX + 1];
	u32 before = counted();

	memcpy(large, NET_BROADCAST, NET_MAC_SIZE);
	net_send((struct net_frame *)large, NET_FRAME_MAX + 1);
	net_send((struct net_frame *)large, NET_FRAME_MIN - 1);
	net_send((struct net_frame *)large, 0);
	is_equal(counted(), before, "frames too large or too small are lost");
	memcpy(out.to, NET_BROADCAST, NET_MAC_SIZE);
	net_send(&out, NET_FRAME_MIN);
	is_equal(counted(), before + 1, "the smallest frame is not lost");
}

/* The echo has 32 buffers, and so has the switch. */
static void test_flood(void)
{
	u32 i, back = 0;

	for (i = 0; i < FLOOD; i++)
		send_to(echo_address, ECHO, i, NET_FRAME_MAX);
	while (receive(50))
		back++;
	ok(back >= 32 && back <= FLOOD, "of a flood of %u frames, %u come back", FLOOD, back);
	ok(echoes(5, 100), "frames come back after a flood");
}

static void talk(void)
{
	ok(!memcmp(net_address(), "\x52\x54\x00\x75\x6D\x01", NET_MAC_SIZE),
	   "the card has an address by the guest's number");
	test_hello();
	test_frames();
	test_unknown_address();
	test_wrong_sizes();
	test_flood();
	send_to(NET_BROADCAST, BYE, 0, MESSAGE_SIZE);
	done();
}

static void answer(u32 what, u32 seen, u32 size)
{
	memcpy(&out, &in, size);
	memcpy(out.to, in.from, NET_MAC_SIZE);
	memcpy(out.from, net_address(), NET_MAC_SIZE);
	message_of(&out)->what = what;
	message_of(&out)->seen = seen;
	net_send(&out, size);
}

static const char *be_answered(bool counter)
{
	u32 size, seen = 0, what;

	for (;;) {
		size = receive(PATIENCE_MS);
		if (!size)
			return "nobody has said goodbye";
		what = size < MESSAGE_SIZE ? 0 : message_of(&in)->what;
		if (what == BYE)
			return counter ? "counter: goodbye" : "echo: goodbye";
		if (what == HELLO)
			answer(counter ? HELLO : ECHO, 0, size);
		else if (what == REPORT)
			answer(REPORT, seen, size);
		else if (counter)
			seen++;
		else if (what == ECHO)
			answer(ECHO, message_of(&in)->seen, size);
	}
}

const char *guest_main(void)
{
	char role[16] = "";

	boot_option_value("role", role, sizeof(role));
	if (!net_start())
		return "no network card";
	irq_enable();
	if (!strcmp(role, "talker"))
		talk();
	return be_answered(!strcmp(role, "counter"));
}

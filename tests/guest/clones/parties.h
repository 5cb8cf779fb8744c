/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images that show what a guest and its clones see of each other: the parent and two clones are three
 * parties. Each in turn acts on its memory, and looks at it before and behind the others. Turns are
 * times, so that they come in order; but what each party must see does not depend on the order.
 */
#ifndef CLONES_PARTIES_H
#define CLONES_PARTIES_H

#include "guest/include/kit.h"

#define CLONES 2u
#define PARTIES (CLONES + 1)
#define TURN_MS 10u

/* Clones are made once for each turn that the parent can have. */
#define ROUNDS PARTIES

/* A way to write to memory. The value is 0 to PARTIES: 0 before the clones are made, then the party's. */
struct way {
	const char *name;
	void (*write)(u32 value);
	u32 (*read)(void); /* the value, or anything else */
};

/* Makes the clones, and returns the party: 0 for the parent, or the clone's number. */
static u32 split(void)
{
	u32 made, party = hcall_clone(CLONES, &made);

	if (!party)
		is_equal(made, CLONES, "CLONE tells the parent the number of clones");
	return party;
}

static inline void check_all(const struct way *ways, u32 count, u32 value, const char *when)
{
	u32 i;

	for (i = 0; i < count; i++)
		is_equal(ways[i].read(), value, "%s: %s", ways[i].name, when);
}

static inline void write_all(const struct way *ways, u32 count, u32 value)
{
	u32 i;

	for (i = 0; i < count; i++)
		ways[i].write(value);
}

/* In round n the parent has turn n. A clone ends with its checks; the parent goes on. */
static inline void play_round(const struct way *ways, u32 count, u32 round)
{
	u32 party, turn;

	write_all(ways, count, 0);
	party = split();
	turn = (party + round) % PARTIES;
	clock_sleep_ms(turn * TURN_MS);
	check_all(ways, count, 0, "before its own write a party sees the value before CLONE");
	write_all(ways, count, party + 1);
	check_all(ways, count, party + 1, "a party sees its own write");
	clock_sleep_ms((PARTIES - turn) * TURN_MS);
	check_all(ways, count, party + 1, "a party sees its own write after those of others");
	if (party)
		done();
}

static inline void play(const struct way *ways, u32 count)
{
	u32 round;

	for (round = 0; round < ROUNDS; round++)
		play_round(ways, count, round);
}

#endif

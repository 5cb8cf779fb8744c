// SPDX-License-Identifier: GPL-2.0-or-later
/* Random numbers, often at the edge of a range. */
#include "tests/guest/security/random-operations/random-operations.h"

static u32 state;

void chance_seed(u32 seed)
{
	state = seed ? seed : 1;
}

/* Marsaglia's xorshift with its usual shifts. */
u32 chance(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

u32 chance_below(u32 limit)
{
	return (chance() >> 8) % limit;
}

bool chance_one_in(u32 limit)
{
	return chance_below(limit) == 0;
}

u32 chance_edge(void)
{
	static const u32 edges[] = {
	    0,          3,          4,          7,          8,          16,         31,
	    32,         63,         64,         255,        256,        511,        512,
	    1022,       1023,       1024,       PAGE_SIZE,  0x3FFFFF,   0x400000,   0x7FFFFFFF,
	    0x80000000, 0xC0000000, 0xFFBFF000, 0xFFC00000, 0xFFC01000, 0xFFFFF000, 0xFFFFFFFF,
	};
	u32 edge = edges[chance_below(ARRAY_SIZE(edges))];

	switch (chance_below(8)) {
	case 0:
		return chance();
	case 1:
		return space_top(chance_below(SPACES));
	case 2:
		return gpa_of(any_page());
	case 3:
		return chance() % boot_memory();
	case 4:
		return edge + chance_below(3) - 1;
	default:
		return edge;
	}
}

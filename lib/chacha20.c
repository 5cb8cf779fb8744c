// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/chacha20.h"

#include "lib/string.h"

#define DOUBLE_ROUNDS 10

static u32 rotate(u32 word, u32 bits)
{
	return word << bits | word >> (32 - bits);
}

static void quarter_round(u32 *state, u32 a, u32 b, u32 c, u32 d)
{
	state[a] += state[b];
	state[d] = rotate(state[d] ^ state[a], 16);
	state[c] += state[d];
	state[b] = rotate(state[b] ^ state[c], 12);
	state[a] += state[b];
	state[d] = rotate(state[d] ^ state[a], 8);
	state[c] += state[d];
	state[b] = rotate(state[b] ^ state[c], 7);
}

/* The state is a square of words: first its columns, then its diagonals. */
static void double_round(u32 *state)
{
	u32 i;

	for (i = 0; i < 4; i++)
		quarter_round(state, i, 4 + i, 8 + i, 12 + i);
	for (i = 0; i < 4; i++)
		quarter_round(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

void chacha20_block(const u32 key[CHACHA20_KEY_WORDS], const u32 position[4],
		    u32 block[CHACHA20_BLOCK_WORDS])
{
	/* "expand 32-byte k" */
	u32 start[CHACHA20_BLOCK_WORDS] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};
	u32 i;

	memcpy(start + 4, key, CHACHA20_KEY_WORDS * sizeof(u32));
	memcpy(start + 12, position, 4 * sizeof(u32));
	memcpy(block, start, sizeof(start));
	for (i = 0; i < DOUBLE_ROUNDS; i++)
		double_round(block);
	for (i = 0; i < CHACHA20_BLOCK_WORDS; i++)
		block[i] += start[i];
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv/base/random.h"

#include "arch/x86/cpu.h"
#include "arch/x86/timer.h"
#include "lib/chacha20.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

#define KEY_SIZE (CHACHA20_KEY_WORDS * sizeof(u32))
#define FIRST_ROUNDS 32 /* of 8 samples each: 256 bits if a sample has one random bit */
#define RDRAND_TRIES 10 /* more would not help: SDM vol. 1, 7.3.17 */

static struct {
	u32 key[CHACHA20_KEY_WORDS];
	bool seeded;
} pool;

static u32 hardware_random(void)
{
	u32 i, value = 0;

	for (i = 0; cpu_features.rdrand && i < RDRAND_TRIES && !read_random(&value); i++)
		;
	return value;
}

/* The new key depends on every bit of the old one and of the samples. */
static void mix(void)
{
	static const u32 position[4] = {0};
	u32 block[CHACHA20_BLOCK_WORDS], i;

	for (i = 0; i < CHACHA20_KEY_WORDS; i++)
		pool.key[i] ^= timer_sample() ^ hardware_random();
	chacha20_block(pool.key, position, block);
	memcpy(pool.key, block, KEY_SIZE);
}

void random_init(void)
{
	for (u32 i = 0; i < FIRST_ROUNDS; i++)
		mix();
	pool.seeded = true;
}

void random_bytes(void *to, u32 size)
{
	u32 position[4] = {0}, block[CHACHA20_BLOCK_WORDS], next_key[CHACHA20_KEY_WORDS], part;
	u8 *bytes = to;

	ASSERT(size <= RANDOM_MOST);
	ASSERT(pool.seeded);
	mix();
	chacha20_block(pool.key, position, block);
	memcpy(next_key, block, KEY_SIZE);
	for (; size; size -= part, bytes += part) {
		position[0]++;
		chacha20_block(pool.key, position, block);
		part = min_u32(size, sizeof(block));
		memcpy(bytes, block, part);
	}
	memcpy(pool.key, next_key, KEY_SIZE);
}

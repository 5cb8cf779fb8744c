/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ChaCha20 block function (RFC 8439, section 2.3): 64 bytes which, without the key, cannot be
 * told from random ones. */
#ifndef LIB_CHACHA20_H
#define LIB_CHACHA20_H

#include "lib/types.h"

#define CHACHA20_KEY_WORDS 8
#define CHACHA20_BLOCK_WORDS 16

/* Fills `block`. `position` is the block's counter and nonce; each value gives another block. For
 * hv/base/random.c. */
void chacha20_block(const u32 key[CHACHA20_KEY_WORDS], const u32 position[4],
		    u32 block[CHACHA20_BLOCK_WORDS]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers for guests, from one pool of the machine's.
 *
 * The pool is a ChaCha20 key. Its input is RDRAND, if the CPU has it, and many readings of the TSC
 * together with the 8254's counter. Each request replaces the key by output of its own, so that
 * earlier output cannot be computed from the pool ("fast key erasure", Bernstein 2017), and a guest
 * learns nothing of another's numbers.
 *
 * The output is only as secret as the input. Without RDRAND, it is not secret if both clocks are
 * simulated from one number (QEMU with -icount), and hardly secret if there is no TSC.
 */
#ifndef HV_RANDOM_H
#define HV_RANDOM_H

#include "lib/types.h"

#define RANDOM_MOST 1024u /* bytes of one request */

/* Fills the pool. Called before the first guest starts, since it takes some 200,000
 * instructions. */
void random_init(void);

/* Writes `size` random bytes, at most RANDOM_MOST. */
void random_bytes(void *to, u32 size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers for guests, from one pool of the machine's.
 *
 * The pool is a ChaCha20 key. What is mixed into it: RDRAND, where the CPU has it, and how the TSC
 * and the 8254's counter stand to each other, again and again. Each request replaces the key by
 * output of its own, so that what was given out before cannot be computed from the pool ("fast key
 * erasure", Bernstein 2017), and a guest learns nothing of another's numbers.
 *
 * Its limit is its input. Without RDRAND, and where both clocks are simulated from one number (QEMU
 * with -icount), nothing that it gives is a secret; without a TSC, little is.
 */
#ifndef HV_RANDOM_H
#define HV_RANDOM_H

#include "lib/types.h"

#define RANDOM_MOST 1024u /* bytes of one request */

/* Fills the pool: before the first guest, since it takes some 200,000 instructions. */
void random_init(void);

void random_bytes(void *to, u32 size);

#endif

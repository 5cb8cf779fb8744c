/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assumptions about functions that are proved nowhere (docs/evidence.md lists all of them).
 */
#ifndef PROOF_TRUST_H
#define PROOF_TRUST_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "lib/panic.h"
#include "mm/frame_map.h"

/* A panic does not return. */
/*@ assigns \nothing;
    ensures \false; */
void panic(const char *text, ...);

/* The memory behind any frame, and behind the next one, can be read and written. If there is no such memory, the access ends
 * in a page fault of the hypervisor's own, which is a panic. */
/*@ axiomatic PhysicalMemory {
      logic u32 *physical_memory reads \nothing;
    } */
#define FRAME_WORDS (FRAME_SIZE / sizeof(u32))
#define WORDS_OF(frame) (physical_memory + (frame) * FRAME_WORDS)

/*@ assigns \nothing;
    ensures (u32 *)\result == WORDS_OF(frame);
    ensures \valid(WORDS_OF(frame) + (0 .. 2 * FRAME_WORDS - 1)); */
static inline void *frame_map(pfn_t frame);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The invariants of all shadow tables, and of the parts that an operation does not change. */
#ifndef TESTS_UNIT_ORACLE_AUDIT_H
#define TESTS_UNIT_ORACLE_AUDIT_H

#include "tests/unit/oracle/hardware.h"

/* Every present entry is explained, shared tables are the same everywhere, and each frame that the
 * account has paid is found in one place. */
void audit_shadow(void);

/* The directories that the engine holds, before an operation ... */
struct cache_view {
	u32 tops[SHADOW_DIRECTORIES];
	u32 count, frames, reclaims, current;
};
void view_cache(struct cache_view *view);

/* ... and after it: only the least recently used ones may be gone, and only if there was no room
 * for two frames more, or for another directory. */
void check_cache(const struct cache_view *before);

/* The running address space's mappings of the addresses used last, before an operation ... */
#define SAMPLES 24u
struct samples {
	bool may_protect; /* the call: sPTEs for page tables may lose the right to write */
	u32 root, at[SAMPLES];
	struct mapping mapping[SAMPLES];
	bool shared
	    [SAMPLES]; /* in a shared frame, whose sPTEs may become absent for another one's */
};
void note_sample(u32 at);
void forget_samples(void);
void take_samples(struct samples *samples);

/* ... and after it: unchanged, except addresses that the operation `concerns`. */
void check_samples(const struct samples *before, bool (*concerns)(u32 at));

#endif

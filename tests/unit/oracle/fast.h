/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path's walk, held against the engine's. */
#ifndef TESTS_UNIT_ORACLE_FAST_H
#define TESTS_UNIT_ORACLE_FAST_H

#include "tests/unit/oracle/model.h"

/* With each new guest. */
void fast_start(void);
void fast_stop(void);

/* True if the fast path would reflect this access by itself; with which error code. */
bool fast_says(u32 at, u32 access, u32 *error);

/* After the engine's fill: was that right, and can it be learnt? `t` is how the model walked. */
void fast_check(u32 at, u32 access, bool answer, u32 error, const struct translation *t,
		enum fill_outcome outcome);

/* SET_PTE has come from the ring, with nothing behind it; the hypervisor was asked for anything
 * else. */
void fast_announce(u32 top, u32 at, u64 entry);
void fast_left(void);

/* True if the fast path would pass over this SET_PTE. */
bool fast_passes_over(u32 top, u32 at, u64 entry);

#endif

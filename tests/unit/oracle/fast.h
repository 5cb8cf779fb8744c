/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path's walk, compared with the engine's. */
#ifndef TESTS_UNIT_ORACLE_FAST_H
#define TESTS_UNIT_ORACLE_FAST_H

#include "tests/unit/oracle/model.h"

/* Called for each new guest. */
void fast_start(void);
void fast_stop(void);

/* True if the fast path would reflect this access by itself; *error is its error code. */
bool fast_says(u32 at, u32 access, u32 *error);

/* After the engine's fill: checks the fast path's answer and, if the access was refused, that the
 * fast path refuses it by itself the next time. `t` is the model's walk. */
void fast_check(u32 at, u32 access, bool answer, u32 error, const struct translation *t,
		enum fill_outcome outcome);

/* SET_PTE has come from the ring, with nothing behind it; the hypervisor was asked for anything
 * else. */
void fast_announce(u32 top, u32 at, u64 entry);
void fast_left(void);

/* The same after a batch. Checks what the engine says of the pages that it has left absent. */
void fast_remember(const struct last_set_pte *last);

/* The hypervisor has served this direct SET_PTE, as the Switcher has it done. */
void fast_served(u32 top, u32 at, u64 entry);

/* True if the fast path would ignore this SET_PTE. */
bool fast_ignores(u32 top, u32 at, u64 entry);

#endif

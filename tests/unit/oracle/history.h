/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest's tables said before, and since when it must not matter any more. A shadow entry
 * may be as old as the last announcement that covers it: each entry on the way to it may have any
 * value that it had since then. Time is counted in events.
 */
#ifndef TESTS_UNIT_ORACLE_HISTORY_H
#define TESTS_UNIT_ORACLE_HISTORY_H

#include "tests/unit/oracle/hardware.h"

#define EVERY_SPACE 0xFFFFFFFFu

void history_start(void);

/* The entry at `gpa` is about to be overwritten. */
void history_remember(u32 gpa, u64 entry);

/* The guest goes to this address space. */
void history_switched(u32 top);

/* Where a PAE guest's middle directories are, its CPU reads when it loads CR3, and not again at
 * each access (SDM vol. 3, 4.4.1): so do NEW_PGTABLE, for a directory that it does not hold,
 * SET_PGD and the flushes. A later entry there takes effect when it is announced or used. */
void history_read_top(u32 top, u32 index);
void history_read_tops(u32 top);

/* When this address space ran last; 0: never. */
u32 history_last_run(u32 top);

/* The guest has said that its tables changed for [first, last] in `top`, or in EVERY_SPACE. */
void announce_tables(u32 top, u32 first, u32 last);

/* The guest has said that the page's entry is now `entry`, whatever its tables have. */
void announce_page(u32 top, u32 at, u64 entry);

/* The guest has said that everything may have changed. */
void announce_everything(void);

/* SET_PMD of the entry for `at` in the middle directory `middle`: announces it for the spaces that
 * have it there, as it was read, or can have come through no other one. */
void announce_middle(u32 middle, u32 at);

/* True if some space can have come through `middle` on the way to `at`; or through more than one:
 * then it need not be known which. */
bool middle_may_concern(u32 middle, u32 at);

/* True if something the guest had said explains that the CPU finds this for `at` in `top`. */
bool is_explained(u32 top, u32 at, const struct mapping *found);

#endif

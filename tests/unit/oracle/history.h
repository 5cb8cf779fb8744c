/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Earlier values of the guest's page tables, and the time from which they must have no effect. A
 * shadow entry may be as old as the last announcement that covers it: each entry on the way to it
 * may have any value that it had since then. Time is counted in events.
 */
#ifndef TESTS_UNIT_ORACLE_HISTORY_H
#define TESTS_UNIT_ORACLE_HISTORY_H

#include "tests/unit/oracle/hardware.h"

#define EVERY_SPACE 0xFFFFFFFFu

void history_start(void);

/* The entry at `gpa` is about to be overwritten. */
void history_remember(u32 gpa, u64 entry);

/* The guest switches to this address space. */
void history_switched(u32 top);

/* A CPU with PAE reads the four top entries when it loads CR3, and not again at each access (SDM
 * vol. 3, 4.4.1). The engine reads them at SET_PGD, at flushes, and at NEW_PGTABLE of a directory
 * that it does not hold. A later entry there takes effect when it is announced or used. */
void history_read_top(u32 top, u32 index);
void history_read_tops(u32 top);

/* When this address space ran last; 0: never. */
u32 history_last_run(u32 top);

/* The guest has announced changes of its tables for [first, last] in `top`, or in EVERY_SPACE. */
void announce_tables(u32 top, u32 first, u32 last);

/* The guest has announced `entry` as the page's entry, which its tables need not have. */
void announce_page(u32 top, u32 at, u64 entry);

/* The guest has announced that everything may have changed: at once, or, with a flush, for the user
 * part of other address spaces by the time at which they run again. */
void announce_everything(void);
void announce_flush(void);

/* SET_PMD of the entry for `at` in the middle directory `middle`: announces it for the spaces that
 * have it there, as it was read, or can have come through no other one. */
void announce_middle(u32 middle, u32 at);

/* True if some space can have come through `middle` on the way to `at`; or through more than one:
 * then it need not be known which. */
bool middle_may_concern(u32 middle, u32 at);

/* True if a value of the guest's entries since the last announcement explains this mapping of `at`
 * in `top`. */
bool is_explained(u32 top, u32 at, const struct mapping *found);

#endif

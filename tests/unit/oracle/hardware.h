/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU's walk of the shadow tables (SDM vol. 3, 4.3 and 4.4). */
#ifndef TESTS_UNIT_ORACLE_HARDWARE_H
#define TESTS_UNIT_ORACLE_HARDWARE_H

#include "tests/unit/oracle/model.h"

struct mapping {
	bool present;
	u32 frame;
	bool write, user, execute;
};

/* `root` is the value of CR3. Fails if a flag is set that a shadow entry must not have. */
struct mapping hardware_walk(u32 root, u32 at);

/* Walks one level: the entry for `at`, 0 if it is not reached. */
u64 hardware_top(u32 root, u32 at); /* PAE only */
u64 hardware_pde(u32 root, u32 at);
u64 hardware_leaf(u64 spde, u32 at); /* which leads to no shared frame, or is read-only */

/* The mapping that these two entries make. */
struct mapping hardware_mapping(u64 spde, u64 leaf);

/* True if the CPU goes through; fetches count only where there is no-execute. */
bool hardware_allows(const struct mapping *found, u32 access);

static inline bool same_mapping(const struct mapping *a, const struct mapping *b)
{
	return a->present == b->present &&
	       (!a->present || (a->frame == b->frame && a->write == b->write &&
				a->user == b->user && a->execute == b->execute));
}

/* The mapping that a fill must make of these entries of the guest's. */
struct mapping expected_mapping(u64 upper, u64 leaf);

/* The CR3 of the address space that runs, and of another that the engine holds (0: none). */
u32 current_root(void);
u32 root_of(u32 top);

#endif

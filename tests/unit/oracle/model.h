/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the guest's memory, and of a CPU's walk of the page tables in it. It is written from
 * the manual (SDM vol. 3, chapter 4) and docs/abi.md, not from the engine, and shares only the
 * names of the flags with the engine.
 */
#ifndef TESTS_UNIT_ORACLE_MODEL_H
#define TESTS_UNIT_ORACLE_MODEL_H

#include "tests/unit/oracle/world.h"

/* The guest's announcements so far. */
struct model {
	bool linear;
	u32 top;            /* of the current address space */
	u32 kernel_address; /* as announced */
	u32 shared_from;    /* the first address whose tables are shared */
};

extern struct model model;

void model_start(void);

/* LGUEST_INIT with this kernel address. */
void model_set_kernel_address(u32 address);

static inline u32 entry_size(void)
{
	return pae_guest() ? 8 : 4;
}

/* The size of the range that a top entry covers, as a shift. */
static inline u32 top_shift(void)
{
	return pae_guest() ? 30 : 22;
}

static inline bool is_shared(u32 at)
{
	return at >= model.shared_from;
}

/* The guest's memory: `gpa` of an entry is aligned to its size. */
u64 model_entry(u32 gpa);
void model_read(u32 gpa, void *to, u32 size);

/* The guest stores to its memory, in model and machine. The old value is kept in the history. */
void guest_store(u32 gpa, const void *from, u32 size);
void guest_store_entry(u32 gpa, u64 entry);

/* The guest's CPU has stored there: only the model still has to. */
void model_store(u32 gpa, const void *from, u32 size);

/* Fails if the machine's memory is not the model's. */
/* The entry at this address as it is in the guest's memory; it should be the model's. */
u64 engine_entry(u32 gpa);
void compare_entry(u32 gpa);
void compare_frame(u32 gfn);

/* Levels are counted from the top: 0 and 1, in PAE 0, 1 and 2. */
static inline u32 leaf_level(void)
{
	return pae_guest() ? 2 : 1;
}

/* The place of the entry for `at` in a table of this level. */
u32 entry_place(u32 level, u32 table, u32 at);
u32 table_behind(u64 entry); /* gpa */
bool is_bad_entry(u32 level, u64 entry);

struct translation {
	u64 upper, leaf;
	u32 places[3]; /* of the entries it came by, found or not */
	u32 levels;    /* how many of them */
	bool marked;   /* some A or D was missing */
};

/* The plain walk of address space `top`. Sets A and D as a CPU does; *sentence is why the guest
 * is killed. */
enum fill_outcome model_walk(u32 at, u32 access, struct translation *found, const char **sentence);

/* The same walk, but it sets no A and D. */
enum fill_outcome model_look(u32 at, u32 access, struct translation *found);

#endif

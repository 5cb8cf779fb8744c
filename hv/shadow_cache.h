/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow memory of one guest: its shadow directories, the tables below them, and their budget.
 *
 * A directory shadows one page directory of the guest's. They are a cache: the least recently used
 * one is given up for a new one, the running one never. The tables from kernel_slot up are shared:
 * kernel_directory lists them and every directory has the same.
 *
 *	kernel_directory   [ ....... | K0 K1 ]
 *	directory 0        [ u u . u | K0 K1 | Switcher ]   <- current
 *	directory 1        [ . u . . | K0 K1 | Switcher ]
 *
 * When the budget is spent, tables are reclaimed: first the least recently used directories with
 * theirs, then all the tables of the running one, shared ones too. All of it can be filled again, so
 * this costs time and nothing else.
 */
#ifndef HV_SHADOW_CACHE_H
#define HV_SHADOW_CACHE_H

#include "arch/x86/paging.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

#define SHADOW_DIRECTORIES 32
#define SHADOW_HINTS 64
/* One instruction can need a table for each of: its own two pages, two operands across two pages
 * each, the stack across two. Twice that, and the directories, is plenty to make progress. */
#define SHADOW_BUDGET_MIN 20u

struct shadow_directory {
	gpa_t top;                           /* the guest's page directory that this one shadows */
	pfn_t root;                          /* the shadow directory itself */
	bool used;                           /* or free */
	u32 last_used;                       /* when, in switches: they may wrap */
	u32 user_tables[TABLE_ENTRIES / 32]; /* bit n: slot n, below kernel_slot, has a table */
};

struct shadow {
	struct frame_account *account;
	u32 budget, frames;     /* frames that shadow tables may take, and take */
	bool linear;            /* no NEW_PGTABLE yet: gva = gpa */
	gva_t kernel_address;   /* from here on address spaces are the same ... */
	u32 kernel_slot;        /* ... so the tables of these slots are shared */
	pfn_t kernel_directory; /* which lists them */
	struct shadow_directory *current;
	u32 switches;
	struct shadow_directory directories[SHADOW_DIRECTORIES];
	u8 hints[SHADOW_HINTS]; /* by the last bits of its gfn, where a directory was found last */
	struct shadow_counts {
		u32 fills, hits, misses, evictions, reclaims;
	} counts;
};

/* False if `account` cannot pay the kernel directory and the first directory. */
bool shadow_cache_open(struct shadow *s, struct frame_account *account, u32 budget);
void shadow_cache_close(struct shadow *s);

/* What to load into CR3. */
static inline paddr_t shadow_root(const struct shadow *s)
{
	return pfn_address(s->current->root);
}

/* The directory that shadows `top`, or NULL. */
struct shadow_directory *shadow_find(struct shadow *s, gpa_t top);

/* Makes the directory for `top` the current one; a new one knows only the shared tables. */
void shadow_switch(struct shadow *s, gpa_t top);

/* The slots of a directory; unmap with frame_unmap. */
static inline spde_t *shadow_slots(const struct shadow_directory *d)
{
	return frame_map(d->root);
}

/* The table of `slot` in the current directory, made if there is none, its entry given `rights`.
 * Never fails: it reclaims. Any table but this one may be gone afterwards. */
pfn_t shadow_table(struct shadow *s, u32 slot, u32 rights);

/* Drops the table of one slot: a shared one everywhere, else in `d`. */
void shadow_drop_slot(struct shadow *s, struct shadow_directory *d, u32 slot);
void shadow_drop_user_tables(struct shadow *s, struct shadow_directory *d);
/* Drops every table and every directory but the current one. */
void shadow_drop_all(struct shadow *s);

#endif

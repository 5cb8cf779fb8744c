/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random guest: random numbers (chance.c), page tables (spaces.c), and operations
 * (random-operations.c, segments.c, wild.c). */
#ifndef RANDOM_OPERATIONS_H
#define RANDOM_OPERATIONS_H

#include "guest/include/kit.h"

#define SPACES 40u /* address spaces: more than there are shadow directories */
#define TABLES 48u
#define DATA 48u
#define FIRST_INDEX 16u /* entries below belong to the kernel, in every table */

/* -- Chance: xorshift, the same numbers for the same seed -------------------------------------- */

void chance_seed(u32 seed);
u32 chance(void);

/* 0 to limit - 1; and true once in `limit` times. */
u32 chance_below(u32 limit);
bool chance_one_in(u32 limit);

/* A number at the edge of a range. */
u32 chance_edge(void);

/* -- Tables: every entry that is made here leads to the guest's own spare pages ---------------- */

void spaces_init(void);

/* In a steady life an interrupt does not end what runs in ring 3. */
void spaces_steady(bool steady);

/* All pages that entries may lead to. */
void spaces_each_page(void (*page)(const void *page));

/* The top level of a space, of any of them. */
gpa_t space_top(u32 space);

/* A page that serves as a directory or middle directory, a table or data; or any of the three. */
struct page_table *any_directory(void);
struct page_table *any_table(void);
void *any_page(void);

/* Entries of the two lower levels with chosen flags; no bit in them kills. */
pte_t entry_for_table(void);
pte_t entry_for_page(void);

/* An index and an address outside the kernel's part. */
u32 any_index(void);
gva_t any_address(void);

/* The entry of `address` in a space, or NULL where a level is missing. */
volatile pte_t *space_entry(u32 space, gva_t address);

/* The image's code for ring 3 works anywhere: here it is run where it was loaded. */
u32 where_loaded(const void *code);

/* Ring 3, in any space: a call of user_read and the like, for at most a millisecond. */
struct user_context in_ring3(u32 (*function)(u32), u32 address, u32 value);

/* Executes one instruction at `address` in ring 3. */
void step_ring3(u32 address);

/* -- What may kill ----------------------------------------------------------------------------- */

/* A trap with odd descriptors in all segment registers (segments.c). */
void segments_trial(void);

/* One hypercall or table entry of any kind, without restriction. */
void wild_operation(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's actions in the test: a script of operations, drawn at random, read from a file, or made
 * of the fuzzer's bytes. Each operation has a meaning after any other ones, so that a failing
 * script can be shortened by leaving some out.
 */
#ifndef TESTS_UNIT_ORACLE_OPERATIONS_H
#define TESTS_UNIT_ORACLE_OPERATIONS_H

#include <stdio.h>

#include "tests/unit/oracle/model.h"

struct operation {
	u8 kind;
	u8 space; /* which address space */
	u8 place; /* which part of the address space */
	u8 page; /* which page of that part, and details; from HOSTILE up, arguments without sense */
	u32 value;
};

#define HOSTILE 0xF8u

#define SCRIPT_MAX 8000u

struct script {
	struct setup setup;
	u32 count;
	struct operation operations[SCRIPT_MAX];
};

/* Runs the script on a new machine. Does not return if the engine is wrong. */
void run_script(const struct script *script);

/* Numbers from a seed: xorshift32. */
u32 random_number(u32 *state);

/* A script of `count` operations that this seed gives. */
void random_script(struct script *script, u32 seed, u32 count);

/* Makes a setup that world_start takes of any numbers. */
struct setup sane_setup(u32 combination, u32 nx, u32 budget, u32 kernel_address);

void print_script(FILE *file, const struct script *script);
bool read_script(FILE *file, struct script *script);

/* Places in the guest's memory. */
#define TABLES_FIRST 16u /* frames of page tables, unless the script names others */
#define TABLES 32u
#define SPACE_CURRENT 128u /* from here on: the one that runs */
u32 top_of_space(u32 space);
#define PAGES_EACH 8u /* that a place has */
u32 address_of(const struct operation *o);
u64 entry_of(const struct operation *o);

/* access.c */
enum fill_outcome touch(u32 at, u32 access); /* one access of the guest's own */
void do_access(const struct operation *o);
#define ROW_IS_SHARED (1u << 31) /* in the value: only where guests are shared */
void do_row(const struct operation *o);
void do_instruction(const struct operation *o);
void do_pin(const struct operation *o);
void do_read(const struct operation *o);
void do_write(const struct operation *o);
void do_store(const struct operation *o);
void do_home(const struct operation *o);
void do_aliases(const struct operation *o);

/* calls.c */

/* Sets *place to that of the entry for `at` of this level; missing tables on the way are made. False
 * if an entry on the way is bad. */
bool find_entry(u32 space, u32 level, u32 at, u32 *place);
bool map_page(u32 space, u32 at, u32 gfn);
void call_set_pte(u32 top, u32 at, u64 entry);

/* SET_PTE, of the ring or not: the root of the tables that it is for, 0 if there are none; if they are those of all
 * spaces, or have a table for it; why it kills the guest, or NULL; the sPTE is as it has left it. */
u32 target_root(u32 top, u32 at);
bool all_spaces_share(u32 at);
bool is_held(u32 top, u32 at);
const char *why_set_pte_kills(u32 top, u32 at, u64 entry, bool held);
void check_installed(u32 root, u64 spde, u32 at, u64 entry);

bool map_home(u32 at, u32 gfn); /* the kernel's mapping of memory, used before */
void do_edit(const struct operation *o);
void do_map(const struct operation *o);
void do_edit_announced(const struct operation *o);
void do_set_pte(const struct operation *o);
void do_writers(const struct operation *o);

/* upper.c */
void do_edit_upper(const struct operation *o);
void do_edit_upper_announced(const struct operation *o);
void do_edit_top(const struct operation *o);
void do_neighbours(const struct operation *o);
void do_set_pgd(const struct operation *o);
void do_set_pmd(const struct operation *o);

/* A hostile guest's address of a top level; and whether that alone kills the guest. */
u32 hostile_top(const struct operation *o);
bool kills_top(u32 top);

/* ring.c */
void do_set_ptes(const struct operation *o);
void do_fork(const struct operation *o); /* the calls of the ring only */

/* spaces.c */
void call_new_pgtable(u32 top,
		      bool quickly); /* quickly: if it is cached, as a task switch by the ring */
void do_switch(const struct operation *o);
void do_new_process(const struct operation *o);
void do_switch_anywhere(const struct operation *o);
void do_flush_user(const struct operation *o);
void do_flush_all(const struct operation *o);
void do_kernel_address(const struct operation *o);

#endif

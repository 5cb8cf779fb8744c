/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow page table engine: the tables that the CPU really walks while a guest runs.
 *
 *	the guest's own tables           the shadow                      machine
 *	gva -> gpde -> gpte -> gfn       gva -> spde -> spte -> pfn
 *
 * A shadow entry exists only after it was needed (a page fault filled it) or announced (SET_PTE).
 * It may lag behind the guest's entry as a TLB does: until the guest says so by a hypercall. What
 * never happens: a shadow entry that leads to a frame which is not this guest's, or with more
 * rights than the guest's own entry had.
 */
#ifndef HV_SHADOW_H
#define HV_SHADOW_H

#include "arch/x86/paging.h"
#include "hv/shadow_cache.h"

struct guest;

/* Who touches a page, how: the bits of a page fault's error code. */
#define ACCESS_READ 0u
#define ACCESS_WRITE FAULT_WRITE
#define ACCESS_USER FAULT_USER

enum fill_outcome {
	FILL_DONE,        /* the shadow now allows the access */
	FILL_NOT_PRESENT, /* the guest's own tables have nothing there: its page fault, P = 0 */
	FILL_PROTECTED,   /* they have, but forbid this access: its page fault, P = 1 */
	FILL_KILLED,      /* they are broken; the guest is killed */
};

/* `budget` is the most frames that shadow tables may take; at least SHADOW_BUDGET_MIN. The guest
 * starts in the linear map: gva = gpa. */
bool shadow_open(struct guest *g, u32 budget);
void shadow_close(struct guest *g);

/* From `address` up, all address spaces of the guest are the same: their tables are shared. */
void shadow_set_kernel_address(struct guest *g, gva_t address);

/* Makes the shadow allow the access if the guest's tables do; sets A and D in them as a CPU would. */
enum fill_outcome shadow_fill(struct guest *g, gva_t at, u32 access);

/* The hypercalls of the same names (abi.md section 2); a bad argument kills the guest. */
void shadow_new_table(struct guest *g, gpa_t top);
void shadow_set_pte(struct guest *g, gpa_t top, gva_t at, gpte_t entry);
void shadow_set_pgd(struct guest *g, gpa_t top, u32 index);
void shadow_flush_user(struct guest *g);
void shadow_flush_all(struct guest *g);

/* Maps the `pages` pages below `stack_end` writable if the guest's tables allow it: the CPU pushes
 * there without asking. */
void shadow_pin(struct guest *g, gva_t stack_end, u32 pages);

/* Copies from or to linear addresses of the guest as its kernel would, a page at a time, setting A
 * and D. False, with the bytes before it copied, at the first page that does not allow it. */
bool guest_virtual_read(struct guest *g, gva_t at, void *to, u32 size);
bool guest_virtual_write(struct guest *g, gva_t at, const void *from, u32 size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VM entry and VM exit (switcher.S). */
#ifndef ARCH_X86_SWITCHER_H
#define ARCH_X86_SWITCHER_H

#include "arch/x86/cpu_pages.h"
#include "mm/address.h"

/*
 * VM entry: runs the guest whose registers are in `pages` on the page tables at `root`, until the
 * next VM exit that the fast path does not serve. Then pages->registers.guest holds its registers,
 * the trap and the error code; after a failed VM entry, TRAP_ENTRY_FAILED + vector or
 * TRAP_IRET_FAILED + vector, and the eip of the Switcher's instruction that faulted. Interrupts are
 * off. For hv/run.c, and nothing else.
 */
void switcher_enter(paddr_t root, struct cpu_pages *pages);

/*
 * The functions that serve hypercalls and page faults while switcher_enter runs (switcher.S, 4 and 5). hv/run.c writes
 * this. It is not on the CPU's pages, since the guest can read these.
 */
struct guest_space;
struct served_at_once {
	struct guest_space *space; /* of the guest that runs */
	/* The arguments' order is the registers' one: EDX, ECX, ESI, EBX. */
	void (*set_pte)(struct guest_space *space, u32 low, u32 at, u32 high, u32 top);
	u32 set_ptes; /* so many, which hv/run.c has not counted yet */
	/* These return the page tables to enter the guest on; 0: run_guest() is wanted. */
	u32 (*hypercall)(struct guest_space *space);
	u32 (*page_fault)(struct guest_space *space);
};
extern PER_CPU struct served_at_once at_once;

/* The instructions of a VM entry that may fault because of the guest's segments. For hv/traps.c. */
extern const char switcher_load_gs[], switcher_load_fs[], switcher_load_es[], switcher_load_ds[];
extern const char switcher_iret[];

/* The 256 entry points of the interrupt descriptor table, SWITCHER_STUB_SIZE bytes each. */
extern const char switcher_stubs[];
#define SWITCHER_STUB_SIZE 9

#endif

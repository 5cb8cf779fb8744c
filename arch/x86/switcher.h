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

/* The instructions of a VM entry that may fault because of the guest's segments. For hv/traps.c. */
extern const char switcher_load_gs[], switcher_load_fs[], switcher_load_es[], switcher_load_ds[];
extern const char switcher_iret[];

/* The 256 entry points of the interrupt descriptor table, SWITCHER_STUB_SIZE bytes each. */
extern const char switcher_stubs[];
#define SWITCHER_STUB_SIZE 9

#endif

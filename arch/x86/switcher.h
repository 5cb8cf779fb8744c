/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way into a guest and back (switcher.S). */
#ifndef ARCH_X86_SWITCHER_H
#define ARCH_X86_SWITCHER_H

#include "arch/x86/cpu_pages.h"
#include "mm/address.h"

/*
 * Runs the guest whose registers are in `pages` on the page tables at `root`, until anything
 * brings it out: then pages->registers.guest holds its registers, and the trap and error code that
 * it came out with (or TRAP_ENTRY_FAILED + vector and the eip of the Switcher's instruction that
 * faulted). Call with interrupts off.
 */
void switcher_enter(paddr_t root, struct cpu_pages *pages);

/* The instructions on the way in that may fault because of what a guest did. */
extern const char switcher_load_gs[], switcher_load_fs[], switcher_load_es[], switcher_load_ds[];
extern const char switcher_iret[];

/* The 256 entry points of the interrupt descriptor table, SWITCHER_STUB_SIZE bytes each. */
extern const char switcher_stubs[];
#define SWITCHER_STUB_SIZE 9

#endif

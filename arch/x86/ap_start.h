/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting another CPU (SDM vol. 3, 8.4; MultiProcessor Specification 1.4, appendix B.4). INIT
 * resets it, a startup interrupt (SIPI) lets it begin in real mode in a page below 1 MB. There
 * ap_trampoline.S switches paging on and goes to the image at the top.
 */
#ifndef ARCH_X86_AP_START_H
#define ARCH_X86_AP_START_H

#include "lib/types.h"

/* The state with which the CPU begins, in ring 0 and with interrupts off. CR0 has PG, PE, WP, ET and NE, the
 * segments are flat; but GDTR leads to the trampoline, which is gone, and IDTR to no IDT. So
 * `entry` loads its own tables first. The TLB may still have the trampoline's page as executable,
 * until CR3 is loaded again. */
struct ap_start {
	u32 cr3;             /* maps the top 4 MB and, one to one, AP_TRAMPOLINE_LOAD */
	u32 cr4;             /* PAE and PSE, as `cr3` needs them */
	u32 stack;           /* the end of a stack in the top 4 MB */
	bool nx;             /* sets EFER.NXE, for page tables with NX */
	void (*entry)(void); /* must not return */
};

/* Starts the CPU with this APIC ID, which must not run yet. True once it is about to call `entry`.
 * False if it does not answer within half a second; then it waits for the next startup interrupt,
 * and nothing of `how` is used any more. False at once if it cannot be addressed. The trampoline's
 * page has the same contents afterwards as before, and is not executable. Takes 10 to 530 ms; with
 * interrupts off, after timer_init, on one CPU at a time. */
bool ap_start(u32 apic_id, const struct ap_start *how);

#endif

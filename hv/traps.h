/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traps of a guest (abi.md section 4): its interrupt descriptor table, the direct gates, by
 * which the CPU delivers to the guest's ring 1 without a VM exit, and the traps that exit and are
 * served or reflected.
 */
#ifndef HV_TRAPS_H
#define HV_TRAPS_H

#include "abi/snapshot.h"
#include "arch/x86/descriptors.h"
#include "hv/guest.h"

#define TRAPS_STACK_PAGES 2u /* of a ring-1 stack, at most; a Linux has as many */

/* Installs the guest's gates, ring-1 stack and CR0.TS on its CPU. */
void traps_schedule(struct guest *g);

/* Removes the guest's gates from its CPU. */
void traps_unschedule(struct guest *g);

/* LOAD_IDT_ENTRY, SET_STACK with unchecked arguments, and TS. */
void traps_load_gate(struct guest *g, u32 vector, struct descriptor gate);
void traps_set_stack(struct guest *g, const struct hypercall_slot *call);
void traps_set_ts(struct guest *g, bool ts);

/* The gates, the ring-1 stack, TS and DR6 of a snapshot, for a guest that has its descriptors and page
 * tables, and is not on a CPU. Kills it if one is bad. */
void traps_restore(struct guest *g, const struct snapshot_gates *gates,
		   const struct snapshot_registers *registers);

/* Maps the ring-1 stack in the current address space, as SET_STACK did in the one that was current
 * then. */
void traps_pin_stack(struct guest *g);

/* True if this stack is where page tables are that all address spaces share. Then it has room for the fast path,
 * if it has a page. */
static ALWAYS_INLINE bool traps_is_stack_shared(const struct guest *g, u32 esp, u32 pages)
{
	u32 size = pages * FRAME_SIZE, start = esp - size;

	return start <= SWITCHER_START - size && start >= gva_value(g->space.shadow.shared_from);
}

/* Makes the guest's stack that of its CPU. */
static ALWAYS_INLINE void traps_install_stack(struct guest *g)
{
	g->cpu->state.tss.ss1 = g->space.fast->stack_ss;
	g->cpu->state.tss.esp1 = g->space.fast->stack_esp;
}

/* True for a stack as tasks have it, of a guest on its CPU: the segment is that of the present stack, there are
 * two pages, and both stacks are where page tables are that all address spaces share. */
static ALWAYS_INLINE bool traps_is_stack_alike(const struct guest *g, u32 ss, u32 esp, u32 pages)
{
	return ss == g->cpu->state.fast.guest.stack_ss && pages == TRAPS_STACK_PAGES &&
	       g->traps.stack_shared && traps_is_stack_shared(g, esp, TRAPS_STACK_PAGES);
}

/* SET_STACK of such a stack, without a look if it is mapped. */
static ALWAYS_INLINE void traps_change_stack(struct guest *g, u32 esp)
{
	g->traps.stack_pages = TRAPS_STACK_PAGES;
	g->cpu->state.fast.guest.stack_esp = esp;
	g->cpu->state.tss.esp1 = esp;
}

/* Descriptor `index` changed. `code`: it is or was a code segment, so gates that lead there may
 * become direct, or may not stay direct. */
void traps_segment_changed(struct guest *g, u32 index, bool code);

/* Serves the guest's VM exit, which is not a hypercall and not a hardware interrupt. */
void traps_handle(struct guest *g);

/* The same for a page fault, as most of them are. */
void traps_page_fault(struct guest *g);

#endif

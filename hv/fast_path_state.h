/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Installs a guest's part of the fast path's state (struct fast_path_guest) on the CPU, and opens
 * the windows that the fast path (hv/fastpath/fast_path.h) reads the guest's memory by.
 */
#ifndef HV_FAST_PATH_STATE_H
#define HV_FAST_PATH_STATE_H

#include "hv/guest.h"
#include "hv/interrupts.h"

/* For a guest that is being made, before its memory and shadow are. */
void fast_path_init(struct guest *g);

/* Installs the guest's state on the CPU's state page, and takes it back. */
void fast_path_schedule(struct guest *g);
void fast_path_unschedule(struct guest *g);

/* Opens the window on lguest_data, once the guest has said where it is. */
void fast_path_show_shared(struct guest *g);

/* Adds the counts of the fast path to the guest's. */
void fast_path_count(struct guest *g);

/* Opens windows on the guest's tables for `at`, the address of a page fault that the fast path
 * could not decide. */
void fast_path_map_tables(struct guest *g, gva_t at);

/* This gfn has got another machine frame: closes the windows on the old one. */
void fast_path_replaced(struct guest *g, u32 gfn);

/* Bytes that the fast path pushes on the ring-1 stack: ss, esp, eflags, cs, eip, error code. */
#define REFLECTED_FRAME (6 * sizeof(u32))

/* True if this stack has room for it, below the Switcher: to the fast path, its pages can be written to. */
static inline bool fast_path_has_stack(u32 esp)
{
	return esp >= REFLECTED_FRAME && esp <= SWITCHER_START;
}

/* Panics if a window shows anything but the table that it should (debug builds). */
#ifdef CONFIG_DEBUG
void fast_path_audit(struct guest *g);
#else
static inline void fast_path_audit(struct guest *g)
{
	(void)g;
}
#endif

/* Records the last SET_PTE for the fast path. To be called when it was the last call of the ring, the
 * ring is empty, and the direct call that ran it does nothing. */
static inline void fast_path_remember(struct guest *g, const struct last_set_pte *last)
{
	struct fast_path_state *fast = &g->cpu->state.fast;
	const struct hypercall_slot *call = &last->call;

	fast->last_set_pte.top = call->ebx;
	fast->last_set_pte.page = call->ecx & ~FRAME_OFFSET_MASK;
	fast->absent.size = last->absent * FRAME_SIZE;
	fast->absent.from = fast->last_set_pte.page + FRAME_SIZE - fast->absent.size;
	fast->last_set_pte.entry = call->edx | (u64)(fast->guest.pae ? call->esi : 0) << 32;
}

/* Forgets it. To be called after each VM exit. */
static inline void fast_path_forget(struct cpu_pages *cpu)
{
	cpu->state.fast.last_set_pte.page = NO_SET_PTE;
	cpu->state.fast.absent.size = 0;
}

/* Opens or closes the fast path. It is closed before LGUEST_INIT, for a traced guest, and while an
 * interrupt is pending: every trap is then a VM exit, at which the interrupt can be delivered. To be
 * called before the first VM entry, and when one of these has changed. */
void fast_path_open(struct guest *g);

#endif

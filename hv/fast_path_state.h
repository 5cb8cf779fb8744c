/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fast path (hv/fastpath/fast_path.h) may know and see of a guest, kept up to date in the hypervisor's world. */
#ifndef HV_FAST_PATH_STATE_H
#define HV_FAST_PATH_STATE_H

#include "hv/guest.h"

/* The state page's part for the guest that is now on the CPU: all of it, and what has changed. */
void fast_path_schedule(struct guest *g);
void fast_path_unschedule(struct guest *g);
void fast_path_gate_changed(struct guest *g);
void fast_path_tables_changed(struct guest *g);

/* Adds what the fast path did to the guest's counts. */
void fast_path_count(struct guest *g);

/* A page fault at `at` had to be reflected the long way: opens windows on the tables that say so. */
void fast_path_map_tables(struct guest *g, gva_t at);

/* Panics if a window shows anything but what it should (debug builds). */
#ifdef CONFIG_DEBUG
void fast_path_audit(struct guest *g);
#else
static inline void fast_path_audit(struct guest *g)
{
	(void)g;
}
#endif

/* These come with each task switch. In the linear map the top is one that no table has. */
static inline void fast_path_top_changed(struct guest *g)
{
	g->cpu->state.fast.top = gpa_value(g->space.shadow.current->top);
}

static inline void fast_path_stack_moved(struct guest *g)
{
	g->cpu->state.fast.stack_esp = g->traps.stack_esp;
}

/* The stack's segment, or what its selector means, is another. */
static inline void fast_path_stack_changed(struct guest *g)
{
	u32 ss = g->traps.stack_ss;

	g->cpu->state.fast.stack_ss = segments_is_flat(&g->segments, ss) ? ss : 0;
	fast_path_stack_moved(g);
}

/* The ring has run. */
static inline void fast_path_ring_moved(struct guest *g)
{
	g->cpu->state.fast.ring_next = g->ring_next;
}

/* The ring is empty, SET_PTE was its last call, and no other has come. */
static inline void fast_path_announced(struct guest *g, const struct hypercall_slot *call)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	fast->announced_top = call->ebx;
	fast->announced_page = call->ecx & ~FRAME_OFFSET_MASK;
	fast->announced = call->edx | (u64)(fast->pae ? call->esi : 0) << 32;
}

/* After each exit. */
static inline void fast_path_left(struct cpu_pages *cpu)
{
	cpu->state.fast.announced_page = NO_PAGE_ANNOUNCED;
}

/* Before the first entry, and when interrupts have come or gone. While one waits, every exit is a chance to
 * deliver it. (To deliver one may fill, too.) */
static inline void fast_path_open(struct guest *g)
{
	fast_path_left(g->cpu);
	g->cpu->state.fast.open = !g->traced && !interrupts_need_care(&g->interrupts);
}

#endif

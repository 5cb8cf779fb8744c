/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls: their table, and the ring (abi.md sections 2 and 3). */
#ifndef HV_HYPERCALLS_H
#define HV_HYPERCALLS_H

#include "abi/lguest.h"
#include "hv/guest.h"
#include "hv/shadow/shadow_calls.h"

/* The longest text of one NOTIFY, in bytes: a guest whose console has less room waits before it. */
#define NOTIFY_PRINT_MAX 1024u

/* The cases of hypercalls_handle: functions of their own, since each saves only the registers that
 * it uses. The ring has at most HCALL_RING_SIZE calls. */
void hypercalls_run_before_init(struct guest *g);
void hypercalls_run_ring_and_direct(struct guest *g);
void hypercalls_run_direct(struct guest *g);

/* A direct SET_PTE behind a ring that is full of others, as a fork makes them. False: calls may be left in the ring, and
 * the direct one is. */
bool hypercalls_run_full_ring(struct guest *g);

/* True if there is no call in this slot of the ring, of a guest that has LGUEST_INIT behind it. */
static ALWAYS_INLINE bool hypercalls_slot_is_empty(const struct guest *g, u32 slot)
{
	return g->shared->hcall_status[slot] == HCALL_SLOT_DONE;
}

/* True if any guest has LGUEST_INIT behind it, and the ring is empty. */
static ALWAYS_INLINE bool hypercalls_ring_is_empty(const struct guest *g)
{
	return g->shared && hypercalls_slot_is_empty(g, g->space.fast->ring_next);
}

/* A direct SET_PGD, SET_PMD or FLUSH_TLB. */
void hypercalls_set_pgd(struct guest *g);
void hypercalls_set_pmd(struct guest *g);
void hypercalls_flush_tlb(struct guest *g);

/* Serves the guest's VM exit by a hypercall. */
static ALWAYS_INLINE void hypercalls_handle(struct guest *g)
{
	if (!g->shared)
		hypercalls_run_before_init(g);
	else if (!hypercalls_ring_is_empty(g))
		hypercalls_run_ring_and_direct(g);
	else
		hypercalls_run_direct(g);
}

/* Maps the one or two frames of lguest_data, which is at `at`, side by side in the guest's window, so
 * that it may have any alignment. NULL: it is not all memory. */
shared_data_t *hypercalls_map_shared(struct guest *g, gpa_t at);

/* The name of a hypercall, such as "SET_PTE"; NULL if there is none with this number. */
const char *hypercall_name(u32 number);

#endif

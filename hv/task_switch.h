/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The task switch of a Linux: it puts NEW_PGTABLE, SET_STACK and LOAD_TLS into the ring, and makes a
 * FLUSH_ASYNC. Mostly none of the three has much to do: the directory is cached, the stack is in page tables
 * that all address spaces share, and the descriptors are those of last time.
 */
#ifndef HV_TASK_SWITCH_H
#define HV_TASK_SWITCH_H

#include "abi/lguest.h"
#include "hv/guest.h"

#define TASK_SWITCH_CALLS 3u

/* The status of that many slots, and of the next one. */
typedef volatile u32 task_switch_statuses_t ALIGNED(1);

static ALWAYS_INLINE task_switch_statuses_t *task_switch_statuses(const struct guest *g, u32 slot)
{
	return (task_switch_statuses_t *)&g->shared->hcall_status[slot];
}

/* True if the ring, whose next slot is this one, holds three calls side by side, and no more. The guest has
 * LGUEST_INIT behind it. */
static ALWAYS_INLINE bool task_switch_is_likely(const struct guest *g, u32 slot)
{
	return slot + TASK_SWITCH_CALLS < HCALL_RING_SIZE &&
	       *task_switch_statuses(g, slot) == (u32)HCALL_SLOT_DONE << 8 * TASK_SWITCH_CALLS;
}
_Static_assert(HCALL_SLOT_TODO == 0, "as Linux and the kit mark a call");

/*
 * Serves a FLUSH_ASYNC for which that is true. All conditions are checked first. False: it is no such task
 * switch, and nothing has been done. hypercalls_handle() serves the calls one by one, with the same outcome but
 * one: it maps the stack beforehand, and kills the guest for a bad entry there before the stack is used.
 */
bool task_switch_serve(struct guest *g, u32 slot);

#endif

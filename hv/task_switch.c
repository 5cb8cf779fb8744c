/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/task_switch.h"

#include "hv/segments.h"
#include "hv/shadow/switch.h"
#include "hv/traps.h"

#define ALL_SLOTS_DONE (HCALL_SLOT_DONE * 0x01010101u)

enum { CALL_NEW_PGTABLE, CALL_SET_STACK, CALL_LOAD_TLS };
_Static_assert(CALL_LOAD_TLS + 1 == TASK_SWITCH_CALLS, "these");

static ALWAYS_INLINE bool are_of_task_switch(const ring_call_t *calls)
{
	return calls[CALL_NEW_PGTABLE].eax == HCALL_NEW_PGTABLE &&
	       calls[CALL_SET_STACK].eax == HCALL_SET_STACK &&
	       calls[CALL_LOAD_TLS].eax == HCALL_LOAD_TLS;
}

static ALWAYS_INLINE void mark_done(struct guest *g, u32 slot)
{
	*task_switch_statuses(g, slot) = ALL_SLOTS_DONE; /* the one behind them was done before */
	g->cpu->state.fast.guest.ring_next = slot + TASK_SWITCH_CALLS; /* at most the last slot */
	g->counts.hypercalls++;
	g->counts.ring_hypercalls += TASK_SWITCH_CALLS;
	g->last_call = HCALL_FLUSH_ASYNC;
}

/* Each word of the ring is read once, so what is used is what was checked. */
HOT bool task_switch_serve(struct guest *g, u32 slot)
{
	const ring_call_t *calls = &g->shared->hcalls[slot];
	u32 top, esp;

	__asm__("" : "+r"(calls)); /* gcc would compute an address for each of them */
	if (!are_of_task_switch(calls) ||
	    !segments_is_tls_loaded(g, to_gpa(calls[CALL_LOAD_TLS].ebx)))
		return false;
	top = calls[CALL_NEW_PGTABLE].ebx;
	esp = calls[CALL_SET_STACK].ecx;
	if (!traps_is_stack_alike(g, calls[CALL_SET_STACK].ebx, esp, calls[CALL_SET_STACK].edx) ||
	    !shadow_switch_to_cached(&g->space, to_gpa(top)))
		return false;
	traps_change_stack(g, esp);
	mark_done(g, slot);
	return true;
}

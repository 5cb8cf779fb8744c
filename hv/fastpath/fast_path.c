/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path itself (hv/fastpath/fast_path.h). All of it is in a page of its own, and reaches nothing but that,
 * the CPU's two pages, the windows, and the guest's memory as the guest sees it. Where it touches
 * the latter, a page fault takes it out (arch/x86/switcher.S, trap_in_ring_0). Its stack is the registers
 * page: while it runs, nobody writes there.
 */
#include "hv/fastpath/fast_path.h"

#include "abi/lguest.h"
#include "arch/x86/cpu.h"
#include "hv/fastpath/fast_walk.h"

typedef struct lguest_data shared_data_t ALIGNED(1);

#define FRAME_SIZE_RING3 (6 * sizeof(u32))

/* As hv/inject.c does it, for a trap in ring 3. The stack comes first: it may fault. */
static ALWAYS_INLINE void deliver(const struct fast_path_state *fast, struct trap_frame *frame,
				  u32 at, u32 error)
{
	shared_data_t *shared = (shared_data_t *)fast->shared;
	volatile u32 *stack = (volatile u32 *)fast->stack_esp;

	*--stack = frame->ss & 0xFFFFu;
	*--stack = frame->esp;
	*--stack = (frame->eflags & ~EFLAGS_IF) | (shared->irq_enabled & GUEST_IF);
	*--stack = frame->cs & 0xFFFFu;
	*--stack = frame->eip;
	*--stack = error;
	shared->cr2 = at;
	if (fast->interrupt_gate)
		shared->irq_enabled = 0;
	frame->ss = fast->stack_ss;
	frame->esp = (u32)stack;
	frame->eip = fast->handler_eip;
	frame->cs = fast->handler_cs;
	frame->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF);
}

static ALWAYS_INLINE bool has_stack(const struct fast_path_state *fast)
{
	return fast->stack_ss && fast->stack_esp >= FRAME_SIZE_RING3 &&
	       fast->stack_esp <= SWITCHER_START;
}

/* The kernel's own page faults are fills, most of them. */
static NOINLINE IN_FAST_PATH bool page_fault(struct cpu_pages *pages)
{
	const struct fast_path_state *fast = &pages->state.fast;
	struct trap_frame *frame = &pages->registers.guest;
	u32 error = frame->error;

	if ((frame->cs & SELECTOR_RPL) != GUEST_USER_RPL || !fast->handler_cs || !has_stack(fast))
		return false;
	frame->cr2 = read_cr2(); /* another fault may come, and then the guest's is wanted again */
	if (!is_refused(fast, frame->cr2, &error))
		return false;
	deliver(fast, frame, frame->cr2, error);
	pages->registers.counts.reflections++;
	return true;
}

/* True if the running page tables have any page at `at`. If not, a page fault makes it false. */
static NOINLINE IN_FAST_PATH bool is_mapped(u32 at)
{
	u32 mapped;

	__asm__ volatile("xorl %0, %0\n\t"
			 ".global fast_path_probe, fast_path_probe_faulted\n"
			 "fast_path_probe:\n\t"
			 "testb $0, (%1)\n\t"
			 "incl %0\n"
			 "fast_path_probe_faulted:"
			 : "=&r"(mapped)
			 : "r"(at)
			 : "cc");
	return mapped;
}

/* The first look. Most are not. */
static ALWAYS_INLINE bool is_noop_candidate(const struct trap_frame *frame)
{
	return frame->eax == HCALL_FLUSH_ASYNC ||
	       (frame->eax == HCALL_SET_PTE && !(frame->edx & PTE_PRESENT));
}

static NOINLINE IN_FAST_PATH bool hypercall(struct cpu_pages *pages)
{
	const struct fast_path_state *fast = &pages->state.fast;
	const struct trap_frame *frame = &pages->registers.guest;
	const shared_data_t *shared = (const shared_data_t *)fast->shared;

	if (!shared || shared->hcall_status[fast->ring_next] != HCALL_SLOT_DONE)
		return false;
	if (frame->eax == HCALL_SET_PTE &&
	    !set_pte_is_noop(fast, frame->ebx, frame->ecx, frame->edx, is_mapped))
		return false;
	pages->registers.counts.hypercalls++;
	return true;
}

IN_FAST_PATH bool fast_path(struct cpu_pages *pages)
{
	const struct fast_path_state *fast = &pages->state.fast;
	const struct trap_frame *frame = &pages->registers.guest;

	if (!fast->open)
		return false;
	if (frame->trap == HCALL_VECTOR)
		return is_noop_candidate(frame) && hypercall(pages);
	return frame->trap == VECTOR_PF && page_fault(pages);
}

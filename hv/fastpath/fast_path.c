/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path (hv/fastpath/fast_path.h). Its code is in a page of its own. It accesses only that
 * page, the CPU's two pages, the windows, and the guest's memory as the guest sees it. A page fault
 * on the guest's memory ends the fast path with a VM exit (arch/x86/switcher.S, trap_in_ring_0).
 * Its stack is on the registers page, which the guest cannot write to meanwhile.
 */
#include "hv/fastpath/fast_path.h"

#include "abi/lguest.h"
#include "arch/x86/cpu.h"
#include "hv/fastpath/fast_walk.h"

typedef struct lguest_data shared_data_t ALIGNED(1);

/* Like inject() (hv/inject.c), for a trap in ring 3. The stack comes first: a store may fault. */
static ALWAYS_INLINE void deliver(const struct fast_path_state *fast, struct trap_frame *frame,
				  u32 at, u32 present)
{
	shared_data_t *shared = (shared_data_t *)fast->shared;
	volatile u32 *stack = (volatile u32 *)(fast->guest.stack_esp & fast->guest.reflects);

	*--stack = frame->ss & 0xFFFFu;
	*--stack = frame->esp;
	*--stack = (frame->eflags & ~EFLAGS_IF) | (shared->irq_enabled & GUEST_IF);
	*--stack = frame->cs & 0xFFFFu;
	*--stack = frame->eip;
	*--stack = refusal_error(fast, frame->error, present);
	shared->cr2 = at;
	shared->irq_enabled &= fast->guest.irq_kept;
	frame->ss = fast->guest.stack_ss;
	frame->esp = (u32)stack;
	frame->eip = fast->guest.handler_eip;
	frame->cs = fast->guest.handler_cs;
	frame->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF);
}

/* Of a guest's program, in ring 3. */
static ALWAYS_INLINE bool page_fault(bool pae)
{
	const struct fast_path_state *fast = &this_cpu_pages.state.fast;
	struct registers_page *registers = &this_cpu_pages.registers;
	struct trap_frame *frame = &registers->guest;
	const u32 at = read_cr2();
	u32 present;

	frame->cr2 = at; /* a page fault of the fast path itself would change CR2 */
	if (!is_refused(fast, registers->memos, pae, at, &frame->error, &present))
		return false;
	deliver(fast, frame, at, present);
	registers->counts.reflections++;
	return true;
}

IN_FAST_PATH bool fast_path_page_fault_2level(void)
{
	return page_fault(false);
}

IN_FAST_PATH bool fast_path_page_fault_pae(void)
{
	return page_fault(true);
}

IN_FAST_PATH bool fast_path_no_page_fault(void)
{
	return false;
}

/* True if the loaded page tables map a page at `at`. If they do not, the access faults, and the
 * handler of the page fault makes the result false. */
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

IN_FAST_PATH bool fast_path_set_absent(void)
{
	struct registers_page *registers = &this_cpu_pages.registers;

	if (!set_pte_is_noop(&this_cpu_pages.state.fast, registers->memos, registers->guest.ebx,
			     registers->guest.ecx, is_mapped))
		return false;
	registers->counts.hypercalls++;
	return true;
}

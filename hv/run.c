/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop around each guest. run_guest() delivers a pending interrupt, enters the guest by the
 * Switcher, and gets control again at the next VM exit, with the guest's registers in g->regs.
 * The Switcher calls serve_page_fault() and serve_hypercall() by itself, and for a SET_PTE the engine; it returns here if
 * something else is to be done then, and for all other exits. handle_exit() serves them by their vector:
 *
 *	HCALL_VECTOR             hypercalls_handle()
 *	another exception        traps_handle()
 *	a hardware interrupt     run_interrupt(): the machine's; the guest is only resumed
 *	TRAP_ENTRY_FAILED up     traps_handle(): the guest's segment registers or frame did not load
 *	TRAP_SERVED up           an exit that the Switcher has had served
 *
 * The loop ends when the guest has ended, or when an interrupt or a hypercall asked for the
 * scheduler (wake.needed).
 */
#include "hv/run.h"

#include "arch/x86/cpu.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/irq.h"
#include "arch/x86/switcher.h"
#include "hv/base/machine.h"
#include "hv/base/stretch.h"
#include "hv/base/wake.h"
#include "hv/fast_path_state.h"
#include "hv/fastpath/fast_path.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/interrupts.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/task_switch.h"
#include "hv/trace.h"
#include "hv/traps.h"
#include "lib/panic.h"
#include "lib/string.h"

PER_CPU struct served_at_once at_once;
static irq_handler *handlers[IRQS];
PER_CPU u32 run_exits;
static PER_CPU u32 timer_interrupts;
static struct stray_interrupts stray;

u32 run_timer_interrupts(void)
{
	return timer_interrupts;
}

struct stray_interrupts run_stray_interrupts(void)
{
	return stray;
}

void run_set_irq_handler(u32 irq, irq_handler *handler)
{
	ASSERT(irq < IRQS);
	handlers[irq] = handler;
}

static void note_unexpected(u32 vector)
{
	stray.unexpected++;
	stray.last_vector = vector;
}

static void serve_line(u32 irq, u32 vector)
{
	if (handlers[irq])
		handlers[irq](irq);
	else
		note_unexpected(vector);
}

/* The timer is this CPU's own. */
static void serve_timer(u32 vector)
{
	timer_interrupts++;
	serve_line(IRQ_TIMER, vector);
}

/* Handlers of all other interrupts change data that the CPUs share. */
static void serve_shared(enum irq_outcome outcome, u32 irq, u32 vector)
{
	bool taken = machine_lock_nested();

	if (outcome == IRQ_LINE)
		serve_line(irq, vector);
	else if (outcome == IRQ_SPURIOUS)
		stray.spurious++;
	else
		note_unexpected(vector);
	machine_unlock_nested(taken);
}

bool run_interrupt(u32 vector)
{
	u32 irq;
	enum irq_outcome outcome = irq_acknowledge(vector, &irq);

	if (outcome == IRQ_NONE)
		return false;
	if (outcome == IRQ_LINE && irq == IRQ_TIMER)
		serve_timer(vector);
	else if (outcome == IRQ_WAKE)
		schedule_soon();
	else
		serve_shared(outcome, irq, vector);
	return true;
}

/*
 * Only ring 0 may enter virtual-8086 mode (SDM vol. 2, IRET), but QEMU lets every ring do it. A
 * trap from that mode pushes a longer frame, so g->regs shows it shifted: each word there is the
 * guest's choice.
 */
static void leave_virtual_8086(struct guest *g)
{
	u32 trap;

	memmove(g->regs, (u8 *)g->regs - VIRTUAL_8086_EXTRA, sizeof(*g->regs));
	trap = g->regs->trap;
	if (trap < VECTOR_COUNT)
		run_interrupt(trap);
	guest_kill(g, "virtual-8086 mode, which no guest may enter");
}

/* Interrupts of one line have one count, by whichever controller they came. */
static void count_interrupt(struct guest *g, u32 vector)
{
	if (vector >= VECTOR_APIC_BASE)
		vector = VECTOR_IRQ_BASE + irq_of_vector(vector);
	g->counts.exits_by_vector[vector]++;
}

/* Counts SET_PTEs whose exits run_guest() has not seen. */
static void count_set_ptes(struct guest *g)
{
	u32 served = at_once.set_ptes;

	at_once.set_ptes = 0;
	g->counts.exits += served;
	g->counts.exits_by_vector[HCALL_VECTOR] += served;
	g->counts.hypercalls += served;
}

/* An exit that has been served. It may have ended the guest: what it was is told with its end. */
static void note_served(struct guest *g, u32 trap)
{
	if (trap != TRAP_SERVED) { /* it has been counted */
		g->counts.exits--;
		g->regs->trap = trap - TRAP_SERVED;
		return;
	}
	g->counts.exits_by_vector[HCALL_VECTOR]++;
	g->counts.hypercalls++;
	g->regs->trap = HCALL_VECTOR;
	g->last_call = HCALL_SET_PTE;
}

/* Serves a hardware interrupt, or a VM entry that failed. */
static NOINLINE void handle_rare_exit(struct guest *g, u32 trap)
{
	count_set_ptes(g);
	if (trap & EFLAGS_VM) { /* no trap has such a number */
		leave_virtual_8086(g);
		return;
	}
	if (trap >= TRAP_SERVED) {
		note_served(g, trap);
		return;
	}
	if (trap >= VECTOR_COUNT) {
		g->counts.entries_failed++;
		traps_handle(g);
	} else if (run_interrupt(trap)) {
		count_interrupt(g, trap);
	} else {
		g->counts.exits_by_vector[trap]++;
		traps_handle(g);
	}
}

static ALWAYS_INLINE void handle_exit(struct guest *g)
{
	u32 trap = g->regs->trap;

	g->counts.exits++;
	if (trap >= VECTOR_IRQ_BASE) {
		handle_rare_exit(g, trap);
		return;
	}
	g->counts.exits_by_vector[trap]++;
	if (trap == HCALL_VECTOR)
		hypercalls_handle(g);
	else if (trap == VECTOR_PF)
		traps_page_fault(g);
	else
		traps_handle(g);
}
_Static_assert(HCALL_VECTOR < VECTOR_IRQ_BASE, "told apart in handle_exit()");

/* Not inlined, so that a guest that is not traced pays for one branch only. */
static NOINLINE void handle_exit_traced(struct guest *g)
{
	struct trace_span span;

	if (g->regs->trap >= TRAP_SERVED) { /* from before the trace was switched on */
		handle_exit(g);
		return;
	}
	trace_begin(&span, g);
	handle_exit(g);
	trace_end(&span, g);
}

/* VM entry and VM exit. */
static ALWAYS_INLINE void switch_to(struct guest *g)
{
	struct cpu_pages *cpu = g->cpu;

	double_fault_in_guest_context(&cpu->state);
	switcher_enter(shadow_root(&g->space.shadow), cpu);
	double_fault_in_hypervisor_context(&cpu->state);
	fast_path_forget(cpu);
}

static ALWAYS_INLINE void serve_exit(struct guest *g)
{
	if (__builtin_expect(g->traced, false))
		handle_exit_traced(g);
	else
		handle_exit(g);
	UNCOUNTED shadow_audit(&g->space);
	UNCOUNTED fast_path_audit(g);
}

/* (Inlined, it would take each exit two instructions more: gcc then keeps the count in a register.) */
static NOINLINE void count_exits(struct guest *g, u32 before)
{
	count_set_ptes(g);
	run_exits += g->counts.exits - before;
}

#ifdef CONFIG_DEBUG
#define CHECK_ALL_EXITS true
#else
#define CHECK_ALL_EXITS false
#endif

/* A SET_PTE with the checks of a debug build. */
static void serve_set_pte(struct guest_space *space, u32 low, u32 at, u32 high, u32 top)
{
	struct guest *g = guest_of(space);

	double_fault_in_hypervisor_context(&g->cpu->state);
	stretch_begin();
	g->last_call = HCALL_SET_PTE;
	space->shadow.engine->set_pte(space, low, at, high, top);
	UNCOUNTED shadow_audit(space);
	UNCOUNTED fast_path_audit(g);
	stretch_end(g, &g->longest_stretch);
	double_fault_in_guest_context(&g->cpu->state);
}

static ALWAYS_INLINE void begin_at_once(struct guest *g, u32 vector)
{
	fast_path_forget(g->cpu);
	g->counts.exits++;
	g->counts.exits_by_vector[vector]++;
}

/* The page tables to resume the guest on; 0: run_guest() has to do something first. */
static ALWAYS_INLINE u32 end_at_once(struct guest *g, u32 vector)
{
	UNCOUNTED shadow_audit(&g->space);
	UNCOUNTED fast_path_audit(g);
	if (wake.needed || interrupts_need_care(&g->interrupts)) {
		g->regs->trap = TRAP_SERVED + vector;
		return 0;
	}
	return paddr_value(shadow_root(&g->space.shadow));
}

static HOT u32 serve_page_fault(struct guest_space *space)
{
	struct guest *g = guest_of(space);

	stretch_begin();
	begin_at_once(g, VECTOR_PF);
	traps_page_fault(g);
	stretch_end(g, &g->longest_stretch);
	return end_at_once(g, VECTOR_PF);
}

/* Serves a FLUSH_ASYNC, if the ring holds a task switch. */
static ALWAYS_INLINE bool serve_task_switch(struct guest *g)
{
	u32 slot = g->cpu->state.fast.guest.ring_next;

	return g->regs->eax == HCALL_FLUSH_ASYNC && task_switch_is_likely(g, slot) &&
	       task_switch_serve(g, slot);
}

/* Serves the calls in the ring, and the direct one. */
static ALWAYS_INLINE void serve_ring(struct guest *g)
{
	if (g->regs->eax == HCALL_SET_PTE && hypercalls_run_full_ring(g))
		return;
	double_fault_in_hypervisor_context(&g->cpu->state);
	hypercalls_run_ring_and_direct(g);
	double_fault_in_guest_context(&g->cpu->state);
}

/* Serves the direct call, which is the only one. */
static ALWAYS_INLINE void serve_single(struct guest *g)
{
	u32 number = g->regs->eax;

	if (number == HCALL_SET_PGD) {
		hypercalls_set_pgd(g);
	} else if (number == HCALL_SET_PMD) {
		hypercalls_set_pmd(g);
	} else if (number == HCALL_FLUSH_TLB) {
		hypercalls_flush_tlb(g);
	} else { /* any other */
		double_fault_in_hypervisor_context(&g->cpu->state);
		hypercalls_run_direct(g);
		double_fault_in_guest_context(&g->cpu->state);
	}
}

/* Only debug builds measure the stretch of a task switch, which is short. */
static HOT u32 serve_hypercall(struct guest_space *space)
{
	struct guest *g = guest_of(space);

	begin_at_once(g, HCALL_VECTOR);
	if (CHECK_ALL_EXITS)
		stretch_begin();
	if (!serve_task_switch(g)) {
		stretch_begin();
		if (hypercalls_slot_is_empty(g, g->cpu->state.fast.guest.ring_next))
			serve_single(g);
		else
			serve_ring(g);
		stretch_end(g, &g->longest_stretch);
	} else if (CHECK_ALL_EXITS) {
		stretch_end(g, &g->longest_stretch);
	}
	return end_at_once(g, HCALL_VECTOR);
}

/* Prepares the Switcher for this guest, whose engine stays the same as long as run_guest() does not return (do_new_pgtable,
 * hv/hypercalls.c). A debug build's checks are around each SET_PTE. */
static void show_services(struct guest *g)
{
	g->cpu->state.reflects[false] = fast_path_no_page_fault;
	g->cpu->state.reflects[true] =
	    g->space.fast->pae ? fast_path_page_fault_pae : fast_path_page_fault_2level;
	at_once.space = &g->space;
	at_once.hypercall = serve_hypercall;
	at_once.page_fault = serve_page_fault;
	at_once.set_pte = CHECK_ALL_EXITS ? serve_set_pte : g->space.shadow.engine->set_pte;
}

HOT void run_guest(struct guest *g)
{
	u32 exits_before = g->counts.exits;

	machine_unlock();
	show_services(g);
	fast_path_open(g);
	while (!wake.needed && !guest_has_ended(g)) {
		if (interrupts_need_care(&g->interrupts)) {
			interrupts_deliver(g);
			fast_path_open(g);
			if (wake.needed) /* the event is to be told first, its memory is spent, it has ended */
				break;
		}
		stretch_end(g, &g->longest_stretch);
		switch_to(g);
		stretch_begin();
		serve_exit(g);
	}
	count_exits(g, exits_before);
	machine_lock();
}

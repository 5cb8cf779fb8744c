/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/run.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/gdt_idt.h"
#include "arch/x86/pic.h"
#include "arch/x86/switcher.h"
#include "hv/base/stretch.h"
#include "hv/base/wake.h"
#include "hv/fast_path_state.h"
#include "hv/guest.h"
#include "hv/hypercalls.h"
#include "hv/trace.h"
#include "lib/panic.h"
#include "lib/string.h"

static irq_handler *handlers[PIC_IRQS];
static u32 timer_interrupts;
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
	ASSERT(irq < PIC_IRQS);
	handlers[irq] = handler;
}

static void note_unexpected(u32 vector)
{
	stray.unexpected++;
	stray.last_vector = vector;
}

static void serve_line(u32 irq)
{
	if (!pic_acknowledge(irq)) {
		stray.spurious++;
		return;
	}
	timer_interrupts += irq == PIC_IRQ_TIMER;
	if (handlers[irq])
		handlers[irq](irq);
	else
		note_unexpected(VECTOR_IRQ_BASE + irq);
}

/* The 8259s' vectors are theirs alone: no `int n` leads there. At any other, only the local APIC knows
 * whether it was an interrupt: one of its own has a bit set there until it is acknowledged. */
bool run_interrupt(u32 vector)
{
	if (vector < VECTOR_IRQ_BASE)
		return false;
	if (vector - VECTOR_IRQ_BASE < PIC_IRQS) {
		serve_line(vector - VECTOR_IRQ_BASE);
		return true;
	}
	if (!apic_acknowledge(vector))
		return false;
	note_unexpected(vector);
	return true;
}

/*
 * Only ring 0 may enter virtual-8086 mode (SDM vol. 2, IRET), but QEMU lets every ring do it. The
 * frame that a trap leaves then is not where ours is: of ours, each word is one of the guest's choice.
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

/* An interrupt of the machine's, or a way in that failed. */
static NOINLINE void handle_rare_exit(struct guest *g, u32 trap)
{
	if (trap & EFLAGS_VM) { /* no trap has such a number */
		leave_virtual_8086(g);
		return;
	}
	if (trap < VECTOR_COUNT)
		g->counts.exits_by_vector[trap]++;
	else
		g->counts.entries_failed++;
	if (trap >= VECTOR_COUNT || !run_interrupt(trap))
		traps_handle(g);
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
	else
		traps_handle(g);
}
_Static_assert(HCALL_VECTOR < VECTOR_IRQ_BASE, "told apart in handle_exit()");

/* Away from the path of guests that are not traced. */
static NOINLINE void handle_exit_traced(struct guest *g)
{
	struct trace_span span;

	trace_begin(&span, g);
	handle_exit(g);
	trace_end(&span, g);
}

static void enter(struct guest *g)
{
	struct cpu_pages *cpu = g->cpu;

	double_fault_in_guest_context(&cpu->state);
	stretch_end(g, &g->longest_stretch);
	switcher_enter(shadow_root(&g->space.shadow), cpu);
	stretch_begin();
	double_fault_in_hypervisor_context(&cpu->state);
	fast_path_left(cpu);
}

HOT void run_guest(struct guest *g)
{
	fast_path_open(g);
	while (!wake.needed && !guest_has_ended(g)) {
		if (interrupts_need_care(&g->interrupts)) {
			interrupts_deliver(g);
			fast_path_open(g);
		}
		if (guest_has_ended(g))
			break;
		enter(g);
		if (__builtin_expect(g->traced, false))
			handle_exit_traced(g);
		else
			handle_exit(g);
		UNCOUNTED shadow_audit(&g->space);
		UNCOUNTED fast_path_audit(g);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets up and changes a CPU's GDT, IDT and TSS. */
#ifndef ARCH_X86_GDT_IDT_H
#define ARCH_X86_GDT_IDT_H

#include "arch/x86/cpu_pages.h"
#include "arch/x86/switcher.h"

/* Fills the state page and loads GDTR, IDTR and TR, once. Each vector leads to the Switcher; `int`
 * may be used for the hypercall's only. After host_paging_protect. */
void cpu_tables_init(struct cpu_pages *pages);

/* Sets the CR3 with which VM exits and double faults enter the hypervisor context. After each
 * change of host_root. */
void cpu_tables_set_root(struct cpu_pages *pages, u32 root);

/* The hypervisor's own gate for a vector (0 to 255); rings up to `dpl` may use it by `int`. For
 * gdt_idt.c and hv/traps.c. */
static inline struct descriptor host_gate(u32 vector, u32 dpl)
{
	u32 stub = (u32)(uintptr_t)switcher_stubs + vector * SWITCHER_STUB_SIZE;

	return make_gate(GATE_INTERRUPT, HOST_CS, stub, dpl);
}

/*
 * A double fault in the hypervisor means a broken stack: only a task gate switches to another one.
 * A double fault in a guest is the guest's own doing, and must not switch tasks: the CPU would
 * write to the TSS, which is read-only in the guest context. So the gate for #DF changes at each VM
 * entry and exit (hv/run.c). During the page faults and hypercalls that the Switcher has the shadow
 * engine serve at once, it is the guest's: a broken stack would reset the machine there, without a
 * message.
 */
static inline void double_fault_in_hypervisor_context(struct state_page *state)
{
	state->idt[VECTOR_DF] = make_gate(GATE_TASK, DOUBLE_FAULT_SELECTOR, 0, 0);
}

static inline void double_fault_in_guest_context(struct state_page *state)
{
	state->idt[VECTOR_DF] = state->double_fault_gate;
}

/* Called from switcher.S and by the double fault's TSS; defined in hv/monitor/panic.c. */
void hypervisor_trap(struct trap_frame *frame);
void hypervisor_double_fault(void) NORETURN;

#endif

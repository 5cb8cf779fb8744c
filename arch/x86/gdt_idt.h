/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets up and changes a CPU's GDT, IDT and TSS. */
#ifndef ARCH_X86_TABLES_H
#define ARCH_X86_TABLES_H

#include "arch/x86/cpu_pages.h"

/* Fills the state page and loads GDTR, IDTR and TR, once for good: every vector leads to the
 * Switcher, only the hypercall's may be used by `int`. */
void cpu_tables_init(struct cpu_pages *pages);

/* After the hypervisor has changed to other page tables. */
void cpu_tables_set_root(struct cpu_pages *pages, u32 root);

/* The hypervisor's own gate for a vector, which software of ring `dpl` up may use by `int`. */
struct descriptor host_gate(u32 vector, u32 dpl);

/*
 * A double fault in the hypervisor is a broken stack: only a task gate brings another one. In a
 * guest it is the guest's own doing, and must not switch tasks: the TSS is read-only there and the
 * CPU would write to it. So the gate changes with the world.
 */
static inline void double_fault_in_host(struct state_page *state)
{
	state->idt[VECTOR_DF] = make_gate(GATE_TASK, DOUBLE_FAULT_SELECTOR, 0, 0);
}

static inline void double_fault_in_guest(struct state_page *state)
{
	state->idt[VECTOR_DF] = state->double_fault_gate;
}

/* Called up from here: hv/monitor/panic.c. */
void hypervisor_trap(struct trap_frame *frame);
void hypervisor_double_fault(void) NORETURN;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills and loads a CPU's GDT, IDT and TSS. They lie in the state page, which both contexts map. */
#include "arch/x86/gdt_idt.h"

#include "arch/x86/host_paging.h"
#include "arch/x86/stacks.h"
#include "arch/x86/switcher.h"
#include "lib/string.h"

/* Beyond the TSS's limit: each port access in ring 1 faults (SDM vol. 1, 19.5.2). */
#define NO_IO_MAP sizeof(struct task_state)
#define SYSTEM_DESCRIPTOR(type) ((type) << DESCRIPTOR_TYPE_SHIFT | DESCRIPTOR_PRESENT)

struct table_register {
	u16 limit;
	u32 base;
} PACKED;

static struct descriptor tss_descriptor(const struct task_state *tss)
{
	u32 base = (u32)(uintptr_t)tss;

	return (struct descriptor){base << 16 | (sizeof(*tss) - 1),
				   (base & 0xFF000000u) | (base >> 16 & 0xFFu) |
				       SYSTEM_DESCRIPTOR(SYSTEM_TSS)};
}

static void fill_gdt(struct state_page *state)
{
	state->gdt[GDT_HOST_CS] = flat_segment(DESCRIPTOR_CODE, 0);
	state->gdt[GDT_HOST_DS] = flat_segment(0, 0);
	state->gdt[GDT_TSS] = tss_descriptor(&state->tss);
	state->gdt[GDT_DOUBLE_FAULT_TSS] = tss_descriptor(&state->double_fault_tss);
}

static void fill_tss(struct cpu_pages *pages)
{
	struct task_state *tss = &pages->state.tss, *df = &pages->state.double_fault_tss;

	tss->ss0 = HOST_DS;
	tss->esp0 = (u32)(uintptr_t)(&pages->registers.guest + 1);
	tss->io_map = NO_IO_MAP;

	df->eip = (u32)(uintptr_t)hypervisor_double_fault;
	df->esp = (u32)(uintptr_t)double_fault_stack_end;
	df->eflags = EFLAGS_ALWAYS;
	df->cs = HOST_CS;
	df->ss = df->ds = df->es = HOST_DS;
	df->io_map = NO_IO_MAP;
}

static void load_tables(const struct state_page *state)
{
	struct table_register gdt = {sizeof(state->gdt) - 1, (u32)(uintptr_t)state->gdt};
	struct table_register idt = {sizeof(state->idt) - 1, (u32)(uintptr_t)state->idt};

	__asm__ volatile("lgdt %0\n\t"
			 "lidt %1\n\t"
			 "ljmp %2, $1f\n"
			 "1:\tmovl %3, %%ds\n\t"
			 "movl %3, %%es\n\t"
			 "movl %3, %%ss\n\t"
			 "movl %4, %%fs\n\t"
			 "movl %4, %%gs\n\t"
			 "lldt %w4\n\t"
			 "ltr %w5"
			 :
			 : "m"(gdt), "m"(idt), "i"(HOST_CS), "r"(HOST_DS), "r"(0), "r"(TSS_SELECTOR)
			 : "memory");
}

void cpu_tables_set_root(struct cpu_pages *pages, u32 root)
{
	pages->state.host_cr3 = root;
	pages->state.double_fault_tss.cr3 = root;
}

void cpu_tables_init(struct cpu_pages *pages)
{
	fill_gdt(&pages->state);
	fill_tss(pages);
	for (u32 vector = 0; vector < VECTOR_COUNT; vector++)
		pages->state.idt[vector] = host_gate(vector, 0);
	pages->state.idt[HCALL_VECTOR] = host_gate(HCALL_VECTOR, GUEST_KERNEL_RPL);
	pages->state.double_fault_gate = host_gate(VECTOR_DF, 0);
	double_fault_in_hypervisor_context(&pages->state);
	cpu_tables_set_root(pages, paddr_value(host_root()));
	pages->registers.guest.trap = TRAP_NONE;
	memset(pages->state.fast.gfns, 0xFF, sizeof(pages->state.fast.gfns)); /* NO_GFN */
	load_tables(&pages->state);
}

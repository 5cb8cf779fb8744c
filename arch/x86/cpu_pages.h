/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two pages of each CPU that exist in both worlds (memory_map.h).
 *
 * The registers page is read-write to the guest: the CPU pushes on it when it leaves the guest, and
 * in ring 1 the guest is supervisor to paging. So nothing is kept there but the guest's own
 * registers, at the page's end, with room below for a trap inside the Switcher.
 * The state page is read-only in the guest's world.
 */
#ifndef ARCH_X86_CPU_PAGES_H
#define ARCH_X86_CPU_PAGES_H

#include "arch/x86/descriptors.h"
#include "arch/x86/memory_map.h"
#include "arch/x86/registers.h"
#include "lib/types.h"

struct registers_page {
	u8 nested_trap_room[PAGE_BYTES - sizeof(struct trap_frame)];
	struct trap_frame guest;
};
_Static_assert(sizeof(struct registers_page) == PAGE_BYTES, "registers_page");

struct state_page {
	struct descriptor gdt[GDT_ENTRIES];
	struct descriptor idt[VECTOR_COUNT];
	struct task_state tss, double_fault_tss;
	struct descriptor double_fault_gate; /* for while a guest runs */
	u32 host_esp; /* where the Switcher finds the hypervisor's stack ... */
	u32 host_cr3; /* ... and page tables */
	u8 unused[PAGE_BYTES - (GDT_ENTRIES + VECTOR_COUNT + 1) * sizeof(struct descriptor) -
		  2 * sizeof(struct task_state) - 2 * sizeof(u32)];
};
_Static_assert(sizeof(struct state_page) == PAGE_BYTES, "state_page");

struct cpu_pages {
	struct registers_page registers;
	struct state_page state;
};
_Static_assert(sizeof(struct cpu_pages) == CPU_AREA_STRIDE, "cpu_pages");

extern struct cpu_pages boot_cpu_pages;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPUs of the machine, by their APIC IDs. */
#ifndef ARCH_X86_CPU_LIST_H
#define ARCH_X86_CPU_LIST_H

#include "arch/x86/host_windows.h"

#define CPUS_MAX 16u

struct cpu_list {
	u32 count;              /* 1 to CPUS_MAX */
	u32 apic_ids[CPUS_MAX]; /* the boot CPU's first; each once */
	u32 beyond;             /* entries of the firmware's for which there was no room */
};

/* Finds the CPUs by ACPI's MADT; else by the MP table; else there is only the boot CPU, which must
 * be the caller. Without a local APIC there is no other, and its ID is 0. A CPU in the list need
 * not exist: tables may be wrong. After apic_init. */
void cpu_list_find(physical_reader *read, struct cpu_list *list);

/* Appends a CPU, unless it is in the list. For the parsers of tables. */
void cpu_list_add(struct cpu_list *list, u32 apic_id);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that each CPU has of its own: the variables that are marked PER_CPU (lib/types.h), among them its
 * stacks and page tables, and its registers page and state page. They lie at the same addresses on
 * each CPU, in its own page tables, so that no code needs the CPU's number to reach them. The boot
 * CPU's are in the image; those of another CPU are a run of frames.
 */
#ifndef ARCH_X86_PER_CPU_H
#define ARCH_X86_PER_CPU_H

#include "arch/x86/cpu_list.h"
#include "mm/address.h"

struct this_cpu {
	u32 number; /* 0: the boot CPU */
	u32 apic_id;
};
extern PER_CPU struct this_cpu this_cpu;

/* Makes the per-CPU pages of CPU `cpu`, 1 to CPUS_MAX - 1, and its page tables: a copy of this CPU's,
 * with these pages in place of its own. All of the one-to-one map and the devices' registers must be
 * mapped before. If they have been made for a CPU that is left out, they are made again. False if there
 * is no memory. */
bool per_cpu_make(u32 cpu, u32 apic_id);

/* True if it has been made, as the boot CPU's are from the start. */
bool per_cpu_is_made(u32 cpu);

/* The root of the page tables that per_cpu_make has made: for the CPU's CR3. */
paddr_t per_cpu_root(u32 cpu);

/* The address in the one-to-one map of a PER_CPU variable of CPU `cpu`, which has been made. Any CPU
 * can read it there. */
void *per_cpu_of(u32 cpu, const void *variable);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's own page tables: two-level (host_paging.c), and in PAE from host_use_pae on
 * (host_pae.c). boot/ calls the functions that change them, in the order of this header.
 */
#ifndef ARCH_X86_HOST_PAGING_H
#define ARCH_X86_HOST_PAGING_H

#include "arch/x86/memory_map.h"
#include "arch/x86/paging.h"
#include "mm/address.h"

/* The machine address of a symbol that is linked at TOP_START or above. */
static inline u32 machine_address(const void *linked)
{
	return (u32)(uintptr_t)linked - TOP_START + TOP_LOAD;
}

/* The same of any symbol that is mapped there, also of a PER_CPU one: this CPU's. */
u32 this_cpu_machine_address(const void *address);

/* Refines the page tables of start.S: text and constants become read-only at the top and in the
 * one-to-one map; page 0, the guard pages below the stacks and unused pages at the top become
 * absent. Builds the Switcher's page table (guest_top_table.h). */
void host_paging_protect(void);

/* Maps the frames [first, end) one to one, writable; frames from TOP_START up are left out.
 * `new_table` gives a frame for a page table when one is needed. Uses 4 MB pages where the CPU has
 * them and the range covers them whole. Before host_use_pae. */
void host_map_frames(u32 first, u32 end, pfn_t (*new_table)(void));

#define HOST_LARGE_FRAMES 1024u /* of a 4 MB page */

/* Maps the 4 MB pages that have the frames [first, end), multiples of HOST_LARGE_FRAMES, one to one, writable and write-combining
 * (where the CPU has page attributes). For a framebuffer: no RAM may be in these pages. False if the
 * CPU has no 4 MB pages. Before host_use_pae. */
bool host_map_framebuffer(u32 first, u32 end);

/* Replaces the page tables by PAE ones of the same contents. The CPU must have PAE. Where it has
 * NX, only text can be executed afterwards: the Switcher's and the image's at the top, and start.S
 * in its place. */
void host_use_pae(pfn_t (*new_table)(void));

/* Makes a frame below 4 MB executable in the one-to-one map, for code that was copied there. */
void host_make_executable(pfn_t frame);
void host_make_not_executable(pfn_t frame);

bool host_uses_pae(void);
paddr_t host_root(void); /* the hypervisor's CR3 */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The change to PAE page tables (SDM vol. 3, 4.4): the same pages as in the two-level tables, with
 * the same rights. One PDE of 4 MB becomes two of 2 MB, and one page table becomes two.
 */
#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/host_tables.h"
#include "arch/x86/host_windows.h"
#include "mm/frame_map.h"

#define LARGE_PAGE 0x200000u
#define HALVES PAE_TOP_TABLES /* of a two-level table: each is as long as a PAE table */

bool host_in_pae;

PER_CPU u32 host_pdptes[PAE_DIRECTORIES][PAE_WORDS] ALIGNED(32);
PER_CPU_PAGES u32 host_pdes[PAE_DIRECTORIES][PAE_ENTRIES][PAE_WORDS];
PER_CPU_PAGES u32 host_top_ptes[PAE_TOP_TABLES][PAE_ENTRIES][PAE_WORDS];

void boot_enable_pae(u32 root); /* start.S */

/* From the linker script. */
extern const char boot_text_start[], image_start[], image_text_end[];

u32 host_no_execute(void)
{
	return cpu_features.nx ? PAE_HIGH_NX : 0;
}

u32 *host_pae_top_entry(u32 index)
{
	return host_top_ptes[index / PAE_ENTRIES][index % PAE_ENTRIES];
}

/* The PDE of the 2 MB from `index` * 2 MB. */
static u32 *pde(u32 index)
{
	return host_pdes[index / PAE_ENTRIES][index % PAE_ENTRIES];
}

/* Fills a PAE table with the PAE_ENTRIES two-level entries at `from`. An absent entry is all
 * zeroes. */
static void widen_table(const u32 *from, u32 (*to)[PAE_WORDS])
{
	for (u32 i = 0; i < PAE_ENTRIES; i++) {
		to[i][0] = from[i];
		to[i][PAE_HIGH] = from[i] ? host_no_execute() : 0;
	}
}

/* Two new page tables for one of the two-level format, and their PDEs, from number `index`. */
static void widen_small_pages(u32 two_level_pde, u32 index, pfn_t (*new_table)(void))
{
	for (u32 half = 0; half < HALVES; half++) {
		pfn_t table = new_table();
		const u32 *from = host_map_frame(1, to_pfn(two_level_pde >> FRAME_SHIFT));

		widen_table(from + half * PAE_ENTRIES, host_map_frame(0, table));
		*pde(index + half) = paddr_value(pfn_address(table)) | PTE_PRESENT | PTE_WRITE;
	}
}

static void widen_large_page(u32 two_level_pde, u32 index)
{
	for (u32 half = 0; half < HALVES; half++) {
		pde(index + half)[0] = two_level_pde + half * LARGE_PAGE;
		pde(index + half)[PAE_HIGH] = host_no_execute();
	}
}

/* All but the last PDE, which is for the top 4 MB. */
static void widen_directory(pfn_t (*new_table)(void))
{
	for (u32 i = 0; i < TABLE_ENTRIES - 1; i++) {
		if (host_directory[i] & PDE_LARGE)
			widen_large_page(host_directory[i], HALVES * i);
		else if (host_directory[i])
			widen_small_pages(host_directory[i], HALVES * i, new_table);
	}
}

static void widen_top(void)
{
	for (u32 half = 0; half < HALVES; half++) {
		widen_table(host_top_table + half * PAE_ENTRIES, host_top_ptes[half]);
		*pde(HALVES * (TABLE_ENTRIES - 1) + half) =
		    machine_address(host_top_ptes[half]) | PTE_PRESENT | PTE_WRITE;
	}
}

/* The PTE that maps `frame` in the one-to-one map. The frame's page table exists. */
static u32 *low_pte(u32 frame)
{
	u32(*table)[PAE_WORDS] =
	    host_map_frame(0, to_pfn(*pde(frame / PAE_ENTRIES) >> FRAME_SHIFT));

	return table[frame % PAE_ENTRIES];
}

void host_make_executable(pfn_t frame)
{
	if (host_in_pae)
		low_pte(pfn_value(frame))[PAE_HIGH] = 0;
	flush_page(frame_map(frame));
}

void host_make_not_executable(pfn_t frame)
{
	if (host_in_pae)
		low_pte(pfn_value(frame))[PAE_HIGH] = host_no_execute();
	flush_page(frame_map(frame));
}

/* At the top, only text may be executed. */
static void allow_execution(void)
{
	host_top_entry((const void *)SWITCHER_TEXT)[PAE_HIGH] = 0;
	for (const char *page = image_start; page < image_text_end; page += PAGE_BYTES)
		host_top_entry(page)[PAE_HIGH] = 0;
}

void host_use_pae(pfn_t (*new_table)(void))
{
	widen_directory(new_table);
	widen_top();
	for (u32 i = 0; i < PAE_DIRECTORIES; i++)
		host_pdptes[i][0] = machine_address(host_pdes[i]) | PTE_PRESENT;
	/* boot_enable_pae itself. */
	low_pte((u32)(uintptr_t)boot_text_start >> FRAME_SHIFT)[PAE_HIGH] = 0;
	host_in_pae = true;
	allow_execution();
	guest_top_table_build();
	boot_enable_pae(machine_address(host_pdptes));
}

bool host_uses_pae(void)
{
	return host_in_pae;
}

paddr_t host_root(void)
{
	return to_paddr(host_in_pae ? this_cpu_machine_address(host_pdptes)
				    : this_cpu_machine_address(host_directory));
}

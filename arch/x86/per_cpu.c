/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/per_cpu.h"

#include "arch/x86/cpu_pages.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/host_tables.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"
#include "mm/frames.h"

/* From the linker script: page boundaries. */
extern const char per_cpu_start[], per_cpu_end[];

PER_CPU struct this_cpu this_cpu;

/* The pages of each CPU but the boot CPU, in the one-to-one map: first those from per_cpu_start to
 * per_cpu_end, then the registers page and the state page. */
static u8 *areas[CPUS_MAX];

static u32 variable_pages(void)
{
	return (u32)(per_cpu_end - per_cpu_start) / PAGE_BYTES;
}

static u32 area_pages(void)
{
	return variable_pages() + CPU_AREA_STRIDE / PAGE_BYTES;
}

static u8 *area_of(u32 cpu)
{
	ASSERT(cpu < CPUS_MAX);
	return cpu ? areas[cpu] : frame_map(to_pfn(machine_address(per_cpu_start) >> FRAME_SHIFT));
}

void *per_cpu_of(u32 cpu, const void *variable)
{
	return area_of(cpu) + ((const char *)variable - per_cpu_start);
}

bool per_cpu_is_made(u32 cpu)
{
	return !cpu || areas[cpu];
}

/* The machine address of a byte in the one-to-one map. */
static u32 physical(const void *mapped)
{
	return (u32)(uintptr_t)mapped;
}

static u8 *allocate(void)
{
	u32 order = 0;
	struct frame_account account;
	pfn_t first;

	while (1u << order < area_pages())
		order++;
	if (!frames_open(&account, OWNER_UMBRA, 1u << order) ||
	    !frame_alloc_run(&account, order, &first))
		return NULL;
	return frame_map(first);
}

/* The PTE of a page at the top in the tables of CPU `cpu`. */
static u32 *top_entry(u32 cpu, const void *page)
{
	return per_cpu_of(cpu, host_top_entry(page));
}

/* Leads the page, if it is present (a stack's guard is not), to another frame. */
static void replace(u32 cpu, const void *page, const u8 *by)
{
	u32 *entry = top_entry(cpu, page);

	if (*entry)
		*entry = physical(by) | (*entry & FRAME_OFFSET_MASK);
}

static void replace_pages(u32 cpu)
{
	const u8 *area = areas[cpu];

	for (u32 i = 0; i < variable_pages(); i++, area += PAGE_BYTES)
		replace(cpu, per_cpu_start + i * PAGE_BYTES, area);
	for (u32 i = 0; i < CPU_AREA_STRIDE / PAGE_BYTES; i++, area += PAGE_BYTES)
		replace(cpu, (const u8 *)CPU_AREA + i * PAGE_BYTES, area);
}

static void copy(u32 cpu, const void *table, u32 size)
{
	memcpy(per_cpu_of(cpu, table), table, size);
}

static u32 table_entry(u32 cpu, const void *table)
{
	return physical(per_cpu_of(cpu, table)) | PTE_PRESENT | PTE_WRITE;
}

static void make_two_level(u32 cpu)
{
	u32 *directory = per_cpu_of(cpu, host_directory);

	copy(cpu, host_directory, sizeof(host_directory));
	copy(cpu, host_top_table, sizeof(host_top_table));
	directory[TABLE_ENTRIES - 1] = table_entry(cpu, host_top_table);
}

static void make_pae(u32 cpu)
{
	u32(*pdptes)[PAE_WORDS] = per_cpu_of(cpu, host_pdptes);
	u32(*pdes)[PAE_WORDS] = per_cpu_of(cpu, host_pdes[PAE_DIRECTORIES - 1]);

	copy(cpu, host_pdes, sizeof(host_pdes));
	copy(cpu, host_top_ptes, sizeof(host_top_ptes));
	for (u32 i = 0; i < PAE_TOP_TABLES; i++)
		pdes[PAE_ENTRIES - PAE_TOP_TABLES + i][0] = table_entry(cpu, host_top_ptes[i]);
	for (u32 i = 0; i < PAE_DIRECTORIES; i++)
		pdptes[i][0] = physical(per_cpu_of(cpu, host_pdes[i])) | PTE_PRESENT;
}

bool per_cpu_make(u32 cpu, u32 apic_id)
{
	struct this_cpu *its;

	ASSERT(cpu && cpu < CPUS_MAX);
	if (!areas[cpu])
		areas[cpu] = allocate();
	if (!areas[cpu])
		return false;
	memset(areas[cpu], 0, area_pages() * PAGE_BYTES);
	if (host_in_pae)
		make_pae(cpu);
	else
		make_two_level(cpu);
	replace_pages(cpu);
	its = per_cpu_of(cpu, &this_cpu);
	*its = (struct this_cpu){.number = cpu, .apic_id = apic_id};
	return true;
}

paddr_t per_cpu_root(u32 cpu)
{
	const void *root = host_in_pae ? (const void *)host_pdptes : host_directory;

	return to_paddr(physical(per_cpu_of(cpu, root)));
}

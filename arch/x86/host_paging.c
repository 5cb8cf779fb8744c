/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's two-level page tables: all RAM one to one from 0, and the image in the top 4 MB.
 * start.S has mapped the first 4 MB and the top 4 MB, all of it writable; here each page gets its
 * rights.
 */
#include "arch/x86/host_paging.h"

#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "arch/x86/host_tables.h"
#include "arch/x86/host_windows.h"
#include "arch/x86/stacks.h"
#include "lib/min_max.h"
#include "lib/string.h"

PER_CPU_PAGES u32 host_directory[TABLE_ENTRIES];
u32 host_low_table[TABLE_ENTRIES] TABLE;
PER_CPU_PAGES u32 host_top_table[TABLE_ENTRIES];

/* From the linker script. */
extern const char image_start[], image_constants_end[], image_end[];

u32 *host_top_entry(const void *address)
{
	u32 index = ((u32)(uintptr_t)address - TOP_START) >> FRAME_SHIFT;

	return host_in_pae ? host_pae_top_entry(index) : &host_top_table[index];
}

u32 this_cpu_machine_address(const void *address)
{
	return (*host_top_entry(address) & ~FRAME_OFFSET_MASK) |
	       ((u32)(uintptr_t)address & FRAME_OFFSET_MASK);
}

/* The PTE of the same page in the one-to-one map. */
static u32 *low_entry(const void *address)
{
	return &host_low_table[machine_address(address) >> FRAME_SHIFT];
}

static void make_read_only(const char *start, const char *end)
{
	for (const char *page = start; page < end; page += PAGE_BYTES) {
		*host_top_entry(page) &= ~PTE_WRITE;
		*low_entry(page) &= ~PTE_WRITE;
	}
}

static void make_absent(const void *page)
{
	*host_top_entry(page) = 0;
	*low_entry(page) = 0;
}

/* Of the top 4 MB, only the image, the Switcher and the CPU's pages stay mapped. */
static void unmap_unused_top_pages(void)
{
	const char *top = (const char *)TOP_START, *cpu = (const char *)CPU_AREA;

	for (u32 i = 0; i < TABLE_ENTRIES; i++) {
		const char *page = top + i * PAGE_BYTES;
		bool used =
		    page < cpu + CPU_AREA_STRIDE || (page >= image_start && page < image_end);

		if (!used)
			*host_top_entry(page) = 0;
	}
}

void host_paging_protect(void)
{
	const char *text = (const char *)SWITCHER_TEXT, *fast = (const char *)FAST_PATH_TEXT;

	unmap_unused_top_pages();
	make_read_only(text, text + SWITCHER_TEXT_SIZE);
	make_read_only(fast, fast + FAST_PATH_TEXT_SIZE);
	make_read_only(image_start, image_constants_end);
	make_absent(boot_stack.guard);
	make_absent(double_fault_stack.guard);
	host_low_table[0] = 0;
	guest_top_table_build();
	write_cr3(read_cr3());
}

/* Maps the frames [first, end) by PTEs. All of them belong to one page table, which may not be
 * mapped itself. */
static void map_by_ptes(u32 first, u32 end, pfn_t (*new_table)(void))
{
	u32 *pde = &host_directory[first / TABLE_ENTRIES];
	u32 *table;

	if (!*pde) {
		pfn_t frame = new_table();

		memset(host_map_frame(0, frame), 0, FRAME_SIZE);
		*pde = paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_WRITE;
	}
	if (*pde & PDE_LARGE)
		return; /* all of it is mapped already */
	table = host_map_frame(0, to_pfn(*pde >> FRAME_SHIFT));
	for (u32 frame = first; frame < end; frame++)
		table[frame % TABLE_ENTRIES] = frame << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE;
}

void host_map_frames(u32 first, u32 end, pfn_t (*new_table)(void))
{
	end = min_u32(end, TOP_START >> FRAME_SHIFT);
	while (first < end) {
		u32 stop = min_u32((first / TABLE_ENTRIES + 1) * TABLE_ENTRIES, end);

		/* Mapped are what start.S has mapped, with rights of its own, and the framebuffer. */
		if (first < TABLE_ENTRIES || host_directory[first / TABLE_ENTRIES] & PDE_LARGE)
			;
		else if (cpu_features.pse && stop - first == TABLE_ENTRIES)
			host_directory[first / TABLE_ENTRIES] =
			    first << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE | PDE_LARGE;
		else
			map_by_ptes(first, stop, new_table);
		first = stop;
	}
	write_cr3(read_cr3());
}

bool host_map_framebuffer(u32 first, u32 end)
{
	if (!cpu_features.pse)
		return false;
	for (u32 frame = first; frame < end; frame += HOST_LARGE_FRAMES)
		host_directory[frame / TABLE_ENTRIES] =
		    frame << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_WRITE_THROUGH | PDE_LARGE;
	write_cr3(read_cr3());
	return true;
}

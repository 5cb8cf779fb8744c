/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/guest_top_table.h"

#include "arch/x86/cpu_pages.h"
#include "arch/x86/host_paging.h"
#include "arch/x86/host_tables.h"
#include "lib/string.h"

/* All that is mapped lies in the first 2 MB, so that one page table is enough in PAE, too. */
static PER_CPU_PAGES u32 guest_top_table[TABLE_ENTRIES];

static u32 *guest_top_entry(u32 address)
{
	u32 index = (address - TOP_START) >> FRAME_SHIFT;

	return &guest_top_table[host_in_pae ? index * PAE_WORDS : index];
}

void guest_top_table_build(void)
{
	const void *text = (const void *)SWITCHER_TEXT, *fast = (const void *)FAST_PATH_TEXT;
	u32 present = PTE_PRESENT | PTE_ACCESSED;

	memset(guest_top_table, 0, sizeof(guest_top_table));
	*guest_top_entry(SWITCHER_TEXT) = machine_address(text) | present;
	*guest_top_entry(FAST_PATH_TEXT) = machine_address(fast) | present;
	*guest_top_entry(CPU_AREA) =
	    this_cpu_machine_address(&this_cpu_pages.registers) | present | PTE_WRITE | PTE_DIRTY;
	*guest_top_entry(CPU_AREA + PAGE_BYTES) =
	    this_cpu_machine_address(&this_cpu_pages.state) | present;
	for (u32 page = CPU_AREA; host_in_pae && page < CPU_AREA + CPU_AREA_STRIDE;
	     page += PAGE_BYTES)
		guest_top_entry(page)[PAE_HIGH] = host_no_execute();
}

u32 guest_top_table_entry(void)
{
	return this_cpu_machine_address(guest_top_table) | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
}

void guest_window_open(void *address, pfn_t frame, bool writable)
{
	*guest_top_entry((u32)(uintptr_t)address) = paddr_value(pfn_address(frame)) | PTE_PRESENT |
						    PTE_ACCESSED |
						    (writable ? PTE_WRITE | PTE_DIRTY : 0);
}

void guest_window_close(void *address)
{
	*guest_top_entry((u32)(uintptr_t)address) = 0;
}

u32 guest_window_entry(const void *address)
{
	return *guest_top_entry((u32)(uintptr_t)address);
}

static bool is_within(u32 page, u32 start, u32 pages)
{
	return page - start < pages * PAGE_BYTES;
}

static bool may_be_present(u32 page)
{
	return page == SWITCHER_TEXT || page == FAST_PATH_TEXT ||
	       is_within(page, CPU_AREA, CPU_AREA_STRIDE / PAGE_BYTES) ||
	       is_within(page, SHARED_WINDOW, SHARED_WINDOW_PAGES) ||
	       is_within(page, TABLE_WINDOWS, TABLE_WINDOW_SETS * TABLE_WINDOWS_IN_SET);
}

static bool may_be_writable(u32 page)
{
	return page == CPU_AREA || is_within(page, SHARED_WINDOW, SHARED_WINDOW_PAGES);
}

static bool entry_is_sound(u32 page, u32 low, u32 high)
{
	if (!(low & PTE_PRESENT))
		return !low && !high;
	return may_be_present(page) && !(low & PTE_USER) &&
	       (!(low & PTE_WRITE) || may_be_writable(page)) && !(high & ~PAE_HIGH_NX);
}

bool guest_top_table_is_sound(void)
{
	u32 words = host_in_pae ? PAE_WORDS : 1;

	for (u32 i = 0; i < TABLE_ENTRIES; i += words)
		if (!entry_is_sound(TOP_START + i / words * PAGE_BYTES, guest_top_table[i],
				    host_in_pae ? guest_top_table[i + PAE_HIGH] : 0))
			return false;
	return true;
}

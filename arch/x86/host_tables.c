/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's own page tables: all RAM one to one from 0, and the image in the top 4 MB.
 * start.S has filled them roughly; here they get their rights.
 */
#include "arch/x86/host_tables.h"

#include "arch/x86/cpu.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/memory_map.h"
#include "lib/panic.h"
#include "lib/string.h"

#define STACK_SIZE (3 * PAGE_BYTES)

struct guarded_stack {
	u8 guard[PAGE_BYTES]; /* absent: running into it faults */
	u8 stack[STACK_SIZE];
};

/* The host's entries are plain words: they are neither a guest's nor a shadow's. */
#define TABLE ALIGNED(PAGE_BYTES)
u32 host_directory[TABLE_ENTRIES] TABLE;
u32 host_low_table[TABLE_ENTRIES] TABLE; /* 0 to 4 MB */
u32 host_top_table[TABLE_ENTRIES] TABLE; /* TOP_START up */
static u32 guest_top_table[TABLE_ENTRIES] TABLE;

struct guarded_stack boot_stack TABLE;
struct guarded_stack double_fault_stack TABLE;
struct cpu_pages boot_cpu_pages __attribute__((section(".bss.cpu"))) TABLE;

/* start.S and the double fault's TSS start at the far end. */
__asm__(".global boot_stack_end, double_fault_stack_end\n"
	".set boot_stack_end, boot_stack + 4 * 0x1000\n"
	".set double_fault_stack_end, double_fault_stack + 4 * 0x1000\n");
_Static_assert(sizeof(struct guarded_stack) == 4 * 0x1000, "the .set lines above");

/* From the linker script. */
extern const char image_start[], image_constants_end[];

static u32 machine_address(const void *symbol)
{
	return (u32)(uintptr_t)symbol - TOP_START + TOP_LOAD;
}

static u32 *top_entry(const void *address)
{
	return &host_top_table[table_index(to_gva((u32)(uintptr_t)address))];
}

static u32 *low_entry(const void *symbol)
{
	return &host_low_table[machine_address(symbol) >> FRAME_SHIFT];
}

static void make_read_only(const char *start, const char *end)
{
	for (const char *page = start; page < end; page += PAGE_BYTES) {
		*top_entry(page) &= ~PTE_WRITE;
		*low_entry(page) &= ~PTE_WRITE;
	}
}

static void make_absent(const void *page)
{
	*top_entry(page) = 0;
	*low_entry(page) = 0;
}

/* Switcher text, registers page and state page: all that the two worlds share. */
static void build_guest_top_table(void)
{
	const void *text = (const void *)SWITCHER_TEXT;
	u32 present = PTE_PRESENT | PTE_ACCESSED;

	guest_top_table[table_index(to_gva(SWITCHER_TEXT))] = machine_address(text) | present;
	guest_top_table[table_index(to_gva(CPU_AREA))] =
	    machine_address(&boot_cpu_pages.registers) | present | PTE_WRITE | PTE_DIRTY;
	guest_top_table[table_index(to_gva(CPU_AREA + PAGE_BYTES))] =
	    machine_address(&boot_cpu_pages.state) | present;
}

void host_tables_protect(void)
{
	const char *text = (const char *)SWITCHER_TEXT;

	make_read_only(text, text + SWITCHER_TEXT_SIZE);
	make_read_only(image_start, image_constants_end);
	make_absent(boot_stack.guard);
	make_absent(double_fault_stack.guard);
	host_low_table[0] = 0;
	build_guest_top_table();
	write_cr3(read_cr3());
}

static void map_at(void *address, pfn_t frame)
{
	*top_entry(address) = paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_WRITE;
	flush_page(address);
}

void *host_map_slot(u32 slot, pfn_t frame)
{
	void *address = (void *)(SLOT_AREA + slot * PAGE_BYTES);

	ASSERT(slot < SLOT_COUNT);
	map_at(address, frame);
	return address;
}

void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	u8 *address = (u8 *)(WINDOW_AREA + window * WINDOW_PAGES * PAGE_BYTES);

	ASSERT(window < WINDOW_COUNT);
	map_at(address, first);
	map_at(address + PAGE_BYTES, second);
	return address;
}

bool physical_read(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from);
	u8 *out = to;

	if (size && at + (size - 1) < at)
		return false;
	while (size) {
		u32 offset = at & FRAME_OFFSET_MASK;
		u32 part = FRAME_SIZE - offset < size ? FRAME_SIZE - offset : size;
		const u8 *frame = host_map_slot(0, paddr_frame(to_paddr(at)));

		memcpy(out, frame + offset, part);
		at += part;
		out += part;
		size -= part;
	}
	return true;
}

/* Maps single frames inside one 4 MB slot, through a table that may not be mapped itself. */
static void map_small(u32 first, u32 end, pfn_t (*new_table)(void))
{
	u32 *directory_entry = &host_directory[first / TABLE_ENTRIES];
	u32 *table;

	if (!*directory_entry) {
		pfn_t frame = new_table();

		memset(host_map_slot(0, frame), 0, FRAME_SIZE);
		*directory_entry = paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_WRITE;
	}
	if (*directory_entry & PDE_LARGE)
		return; /* all of it is mapped already */
	table = host_map_slot(0, to_pfn(*directory_entry >> FRAME_SHIFT));
	for (u32 frame = first; frame < end; frame++)
		table[frame % TABLE_ENTRIES] = frame << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE;
}

void host_map_frames(u32 first, u32 end, pfn_t (*new_table)(void))
{
	if (end > TOP_START >> FRAME_SHIFT)
		end = TOP_START >> FRAME_SHIFT;
	while (first < end) {
		u32 slot_end = (first / TABLE_ENTRIES + 1) * TABLE_ENTRIES;
		u32 stop = slot_end < end ? slot_end : end;

		if (first < TABLE_ENTRIES) /* mapped by start.S, with rights of its own */
			;
		else if (cpu_features.pse && stop - first == TABLE_ENTRIES)
			host_directory[first / TABLE_ENTRIES] =
			    first << FRAME_SHIFT | PTE_PRESENT | PTE_WRITE | PDE_LARGE;
		else
			map_small(first, stop, new_table);
		first = stop;
	}
	write_cr3(read_cr3());
}

paddr_t host_root(void)
{
	return to_paddr(machine_address(host_directory));
}

spde_t guest_top_entry(void)
{
	return (spde_t){machine_address(guest_top_table) | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED};
}

static bool inside(u32 at, const u8 *guard)
{
	return at - (u32)(uintptr_t)guard < PAGE_BYTES;
}

const char *guard_page_of(u32 at)
{
	if (inside(at, boot_stack.guard))
		return "the CPU's stack";
	if (inside(at, double_fault_stack.guard))
		return "the double fault stack";
	return NULL;
}

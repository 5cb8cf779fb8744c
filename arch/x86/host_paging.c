/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's own page tables: all RAM one to one from 0, and the image in the top 4 MB.
 * start.S has filled them roughly; here they get their rights.
 */
#include "arch/x86/host_paging.h"

#include "arch/x86/cpu.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/memory_map.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define STACK_SIZE (3 * PAGE_BYTES)

struct guarded_stack {
	u8 guard[PAGE_BYTES]; /* absent: running into it faults */
	u8 stack[STACK_SIZE];
};

/* The host's entries are plain words: they are neither a guest's nor a shadow's. A PAE entry is two, of
 * which the second has no more than NX: all that the hypervisor maps is below 4 GB. */
#define TABLE_ENTRIES 1024u
#define TABLE_SPAN_SHIFT 22 /* one table maps 4 MB */
#define PAE_WORDS 2
#define PAE_DIRECTORIES 4
#define PAE_LARGE_PAGE 0x200000u
#define PAE_HIGH_NX ((u32)(PTE_NO_EXECUTE >> 32))

#define TABLE ALIGNED(PAGE_BYTES)
u32 host_directory[TABLE_ENTRIES] TABLE;
u32 host_low_table[TABLE_ENTRIES] TABLE; /* 0 to 4 MB */
u32 host_top_table[TABLE_ENTRIES] TABLE; /* TOP_START up */
static u32 guest_top_table[TABLE_ENTRIES] TABLE;

/* The same in PAE: the top level, the directories, and the last 4 MB. */
static u32 pae_root[PAE_DIRECTORIES * PAE_WORDS] ALIGNED(32);
static u32 pae_directories[PAE_DIRECTORIES][TABLE_ENTRIES] TABLE;
static u32 pae_top_tables[2][TABLE_ENTRIES] TABLE;
static bool uses_pae;

struct guarded_stack boot_stack TABLE;
struct guarded_stack double_fault_stack TABLE;
struct cpu_pages boot_cpu_pages __attribute__((section(".bss.cpu"))) TABLE;

/* start.S and the double fault's TSS start at the far end. */
__asm__(".global boot_stack_end, double_fault_stack_end\n"
	".set boot_stack_end, boot_stack + 4 * 0x1000\n"
	".set double_fault_stack_end, double_fault_stack + 4 * 0x1000\n");
_Static_assert(sizeof(struct guarded_stack) == 4 * 0x1000, "the .set lines above");

void boot_enable_pae(u32 root); /* start.S */

/* From the linker script. */
extern const char boot_text_start[], image_start[], image_text_end[], image_constants_end[],
    image_end[];

static u32 machine_address(const void *symbol)
{
	return (u32)(uintptr_t)symbol - TOP_START + TOP_LOAD;
}

static u32 *top_entry(const void *address)
{
	u32 index = ((u32)(uintptr_t)address - TOP_START) >> FRAME_SHIFT;

	return uses_pae ? &pae_top_tables[0][index * PAE_WORDS] : &host_top_table[index];
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

static u32 *guest_top_entry(u32 address)
{
	u32 index = (address - TOP_START) >> FRAME_SHIFT;

	return &guest_top_table[uses_pae ? index * PAE_WORDS : index];
}

/* The high half of a PAE entry for what is no text. */
static u32 no_execute(void)
{
	return cpu_features.nx ? PAE_HIGH_NX : 0;
}

/* Switcher and fast path, registers page and state page: all of ours that a guest's world has. In PAE they
 * are in the first half of the 4 MB, so that one table is enough too. */
static void build_guest_top_table(void)
{
	const void *text = (const void *)SWITCHER_TEXT, *fast = (const void *)FAST_PATH_TEXT;
	u32 present = PTE_PRESENT | PTE_ACCESSED;

	memset(guest_top_table, 0, sizeof(guest_top_table));
	*guest_top_entry(SWITCHER_TEXT) = machine_address(text) | present;
	*guest_top_entry(FAST_PATH_TEXT) = machine_address(fast) | present;
	*guest_top_entry(CPU_AREA) =
	    machine_address(&boot_cpu_pages.registers) | present | PTE_WRITE | PTE_DIRTY;
	*guest_top_entry(CPU_AREA + PAGE_BYTES) = machine_address(&boot_cpu_pages.state) | present;
	for (u32 page = CPU_AREA; uses_pae && page < CPU_AREA + CPU_AREA_STRIDE; page += PAGE_BYTES)
		guest_top_entry(page)[1] = no_execute();
}

/* start.S has mapped all of the last 4 MB: whatever is not the hypervisor's is taken out. */
static void unmap_strangers(void)
{
	const char *top = (const char *)TOP_START, *cpu = (const char *)CPU_AREA;

	for (u32 i = 0; i < TABLE_ENTRIES; i++) {
		const char *page = top + i * PAGE_BYTES;
		bool ours =
		    page < cpu + CPU_AREA_STRIDE || (page >= image_start && page < image_end);

		if (!ours)
			*top_entry(page) = 0;
	}
}

void host_tables_protect(void)
{
	const char *text = (const char *)SWITCHER_TEXT, *fast = (const char *)FAST_PATH_TEXT;

	unmap_strangers();
	make_read_only(text, text + SWITCHER_TEXT_SIZE);
	make_read_only(fast, fast + FAST_PATH_TEXT_SIZE);
	make_read_only(image_start, image_constants_end);
	make_absent(boot_stack.guard);
	make_absent(double_fault_stack.guard);
	host_low_table[0] = 0;
	build_guest_top_table();
	write_cr3(read_cr3());
}

static void map_at(void *address, pfn_t frame, u32 flags)
{
	u32 *entry = top_entry(address);

	if (uses_pae)
		entry[1] = no_execute();
	*entry = paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_WRITE | flags;
	flush_page(address);
}

void *host_map_slot(u32 slot, pfn_t frame)
{
	void *address = (void *)(SLOT_AREA + slot * PAGE_BYTES);

	ASSERT(slot < SLOT_COUNT);
	map_at(address, frame, 0);
	return address;
}

volatile u32 *host_map_device(pfn_t frame)
{
	map_at((void *)APIC_WINDOW, frame, PTE_WRITE_THROUGH | PTE_CACHE_DISABLE);
	return (volatile u32 *)APIC_WINDOW;
}

void *host_map_window(u32 window, pfn_t first, pfn_t second)
{
	u8 *address = (u8 *)(WINDOW_AREA + window * WINDOW_PAGES * PAGE_BYTES);

	ASSERT(window < WINDOW_COUNT);
	map_at(address, first, 0);
	map_at(address + PAGE_BYTES, second, 0);
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

/* One PAE table in place of half a two-level table. An absent entry is all zeroes. */
static void widen_half(const u32 *from, u32 *to)
{
	for (u32 i = 0; i < TABLE_ENTRIES / PAE_WORDS; i++) {
		to[i * PAE_WORDS] = from[i];
		to[i * PAE_WORDS + 1] = from[i] ? no_execute() : 0;
	}
}

/* The two entries of a PAE directory in place of one two-level entry that leads to a table. */
static void widen_entry(u32 entry, u32 *pae_entries, pfn_t (*new_table)(void))
{
	for (u32 half = 0; half < 2; half++) {
		pfn_t table = new_table();
		const u32 *from = host_map_slot(1, to_pfn(entry >> FRAME_SHIFT));

		widen_half(from + half * TABLE_ENTRIES / 2, host_map_slot(0, table));
		pae_entries[half * PAE_WORDS] =
		    paddr_value(pfn_address(table)) | PTE_PRESENT | PTE_WRITE;
	}
}

static void widen_directory(pfn_t (*new_table)(void))
{
	for (u32 i = 0; i < TABLE_ENTRIES - 1; i++) {
		u32 *pae_entries = &pae_directories[0][2 * i * PAE_WORDS];

		if (host_directory[i] & PDE_LARGE) {
			pae_entries[0] = host_directory[i];
			pae_entries[PAE_WORDS] = host_directory[i] + PAE_LARGE_PAGE;
			pae_entries[1] = pae_entries[PAE_WORDS + 1] = no_execute();
		} else if (host_directory[i]) {
			widen_entry(host_directory[i], pae_entries, new_table);
		}
	}
}

/* The PTE that maps `frame` in the one-to-one map of PAE. The frame's page table exists. */
static u32 *pae_low_entry(u32 frame)
{
	u32 per_table = TABLE_ENTRIES / PAE_WORDS;
	u32 table = pae_directories[0][frame / per_table * PAE_WORDS] >> FRAME_SHIFT;

	return (u32 *)host_map_slot(0, to_pfn(table)) + frame % per_table * PAE_WORDS;
}

void host_make_executable(pfn_t frame)
{
	if (uses_pae)
		pae_low_entry(pfn_value(frame))[1] = 0;
	flush_page(frame_map(frame));
}

/* At the top, only text may be executed. */
static void allow_execution(void)
{
	top_entry((const void *)SWITCHER_TEXT)[1] = 0;
	for (const char *page = image_start; page < image_text_end; page += PAGE_BYTES)
		top_entry(page)[1] = 0;
}

void host_use_pae(pfn_t (*new_table)(void))
{
	u32 *last = &pae_directories[PAE_DIRECTORIES - 1][TABLE_ENTRIES - 2 * PAE_WORDS];

	widen_directory(new_table);
	for (u32 half = 0; half < 2; half++) {
		widen_half(host_top_table + half * TABLE_ENTRIES / 2, pae_top_tables[half]);
		last[half * PAE_WORDS] =
		    machine_address(pae_top_tables[half]) | PTE_PRESENT | PTE_WRITE;
	}
	for (u32 i = 0; i < PAE_DIRECTORIES; i++)
		pae_root[i * PAE_WORDS] = machine_address(pae_directories[i]) | PTE_PRESENT;
	/* boot_enable_pae itself. */
	pae_low_entry((u32)(uintptr_t)boot_text_start >> FRAME_SHIFT)[1] = 0;
	uses_pae = true;
	allow_execution();
	build_guest_top_table();
	boot_enable_pae(machine_address(pae_root));
}

bool host_uses_pae(void)
{
	return uses_pae;
}

paddr_t host_root(void)
{
	return to_paddr(uses_pae ? machine_address(pae_root) : machine_address(host_directory));
}

u32 guest_top_table_entry(void)
{
	return machine_address(guest_top_table) | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
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
	u32 words = uses_pae ? PAE_WORDS : 1;

	for (u32 i = 0; i < TABLE_ENTRIES; i += words)
		if (!entry_is_sound(TOP_START + i / words * PAGE_BYTES, guest_top_table[i],
				    uses_pae ? guest_top_table[i + 1] : 0))
			return false;
	return true;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The address spaces of the random guest.
 *
 * All of memory is seen where it is, through entries below FIRST_INDEX of each directory; nothing
 * else leads to the kernel's own pages. Addresses with an index below FIRST_INDEX on any level are
 * never used, so tables may be each other's, or their own, without the kernel getting lost.
 */
#include "tests/guest/security/random-operations/random-operations.h"

#define LEVEL_FLAGS                                                                                \
	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_CACHE_DISABLE |              \
	 PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | PTE_COPY_ON_WRITE)
#define RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)
#define KERNEL_TABLES (4 * MIB / TABLE_SPAN)
#define HOT_SLOTS 6u
#define NO_EXECUTE ((pte_t)(1ull << 63)) /* 0 with two levels */
#define CPUID_EXTENDED 0x80000001u
#define CPUID_EDX_NX 0x00100000u

extern char user_call[];

#define TOPS 4 /* of PAE, for a gigabyte each; not used with two levels */
#define TOP_SHIFT 30
static u64 tops[SPACES][TOPS] ALIGNED(32);

static struct page_table kernel_tables[KERNEL_TABLES] ALIGNED(PAGE_SIZE);
static char ring3_stack[PAGE_SIZE] ALIGNED(PAGE_SIZE);
static struct page_table *directories[SPACES], *tables[TABLES];
static void *data[DATA];
static bool has_no_execute;
static u32 hot_slots[HOT_SLOTS];
static bool is_steady;

void spaces_steady(bool steady)
{
	is_steady = steady;
}

void spaces_each_page(void (*page)(const void *page))
{
	u32 i;

	for (i = 0; i < SPACES; i++)
		page(directories[i]);
	for (i = 0; i < TABLES; i++)
		page(tables[i]);
	for (i = 0; i < DATA; i++)
		page(data[i]);
}

static void enter(struct user_context *context)
{
	if (is_steady)
		user_run(context);
	else
		user_enter(context);
}

gpa_t space_top(u32 space)
{
	return GUEST_PAE ? gpa_of(tops[space]) : gpa_of(directories[space]);
}

struct page_table *any_directory(void)
{
	return directories[chance_below(SPACES)];
}

struct page_table *any_table(void)
{
	return chance_one_in(8) ? any_directory() : tables[chance_below(TABLES)];
}

void *any_page(void)
{
	return chance_one_in(6) ? any_table() : data[chance_below(DATA)];
}

static pte_t entry_for(void *page)
{
	pte_t flags = chance() & LEVEL_FLAGS;

	if (!chance_one_in(6))
		flags |= RIGHTS;
	if (has_no_execute && chance_one_in(6))
		flags |= NO_EXECUTE;
	return gpa_of(page) | flags;
}

pte_t entry_for_table(void)
{
	return entry_for(any_table());
}

pte_t entry_for_page(void)
{
	return entry_for(any_page());
}

/* Mostly one of a few, so that entries are used again. */
u32 any_index(void)
{
	static const u32 hot[] = {FIRST_INDEX, FIRST_INDEX + 1, TABLE_ENTRIES - 2,
				  TABLE_ENTRIES - 1};

	if (chance_one_in(8))
		return FIRST_INDEX + chance_below(TABLE_ENTRIES - FIRST_INDEX);
	return hot[chance_below(ARRAY_SIZE(hot))];
}

gva_t any_address(void)
{
	u32 slot = hot_slots[chance_below(HOT_SLOTS)];
	u32 offset = FIRST_INDEX * sizeof(pte_t);

	offset += chance_below((PAGE_SIZE - offset) / sizeof(u32)) * sizeof(u32);
	return slot * TABLE_SPAN + any_index() * PAGE_SIZE + offset;
}

static struct page_table *directory_at(u32 space, gva_t address)
{
	pte_t entry = tops[space][address >> TOP_SHIFT];

	if (!GUEST_PAE)
		return directories[space];
	return entry & PTE_PRESENT ? gpa_pointer(pte_address(entry)) : NULL;
}

volatile pte_t *space_entry(u32 space, gva_t address)
{
	struct page_table *directory = directory_at(space, address);
	pte_t entry;

	if (!directory)
		return NULL;
	entry = directory->entry[(address >> TABLE_SPAN_SHIFT) % TABLE_ENTRIES];
	if (!(entry & PTE_PRESENT))
		return NULL;
	return &((struct page_table *)gpa_pointer(pte_address(entry)))->entry[table_index(address)];
}

static void map_kernel(struct page_table *directory)
{
	u32 i;

	for (i = 0; i < KERNEL_TABLES; i++)
		directory->entry[i] = gpa_of(&kernel_tables[i]) | RIGHTS;
}

static void make_kernel_tables(void)
{
	gpa_t page;

	for (page = 0; page < boot_memory(); page += PAGE_SIZE)
		kernel_tables[page / TABLE_SPAN].entry[table_index(page)] =
		    page | PTE_PRESENT | PTE_WRITE;
	page = gpa_of(ring3_stack);
	kernel_tables[page / TABLE_SPAN].entry[table_index(page)] |= PTE_USER;
	page = (u32)user_load;
	kernel_tables[page / TABLE_SPAN].entry[table_index(page)] ^= PTE_USER | PTE_WRITE;
}

static void make_space(u32 space)
{
	u32 i;

	map_kernel(directories[space]);
	tops[space][0] = gpa_of(directories[space]) | PTE_PRESENT;
	for (i = 1; i < TOPS; i++)
		tops[space][i] = chance_one_in(5) ? 0 : gpa_of(any_directory()) | PTE_PRESENT;
}

/* Slots that no index below FIRST_INDEX leads to, on any level. */
static void choose_slots(void)
{
	const u32 last = SWITCHER_START / TABLE_SPAN;
	u32 i;

	for (i = 0; i < HOT_SLOTS; i++)
		do
			hot_slots[i] = chance_one_in(4) ? last - 1 : chance_below(last);
		while (hot_slots[i] % TABLE_ENTRIES < FIRST_INDEX);
}

static void fill_table(struct page_table *table, pte_t (*entry)(void))
{
	u32 i;

	for (i = 0; i < TABLE_ENTRIES / 8; i++)
		table->entry[any_index()] = entry();
	for (i = 0; i < HOT_SLOTS; i++)
		table->entry[hot_slots[i] % TABLE_ENTRIES] = entry();
}

void spaces_init(void)
{
	u32 i;

	for (i = 0; i < SPACES; i++)
		directories[i] = page_alloc();
	for (i = 0; i < TABLES; i++)
		tables[i] = page_alloc();
	for (i = 0; i < DATA; i++)
		data[i] = page_alloc();
	has_no_execute = cpuid(CPUID_EXTENDED).edx & CPUID_EDX_NX;
	choose_slots();
	make_kernel_tables();
	for (i = 0; i < SPACES; i++) {
		make_space(i);
		fill_table(directories[i], entry_for_table);
	}
	for (i = 0; i < TABLES; i++)
		fill_table(tables[i], entry_for_page);
}

u32 where_loaded(const void *code)
{
	return (u32)code - (u32)user_start + (u32)user_load;
}

struct user_context in_ring3(u32 (*function)(u32), u32 address, u32 value)
{
	struct user_context context;

	user_prepare(&context, function, address, (u32)ring3_stack + sizeof(ring3_stack));
	context.frame.eip = where_loaded(user_call);
	context.frame.ecx = where_loaded(function);
	context.frame.edx = value;
	hcall_set_clockevent(NS_PER_MS);
	enter(&context);
	return context;
}

/* True if the entry could have been made here. */
static bool is_ours(pte_t entry)
{
	const pte_t flags = LEVEL_FLAGS | (has_no_execute ? NO_EXECUTE : 0);
	gpa_t page = (gpa_t)entry & ~(PAGE_SIZE - 1);

	return !(entry & PTE_PRESENT) ||
	       ((entry & ~flags) == page && page >= gpa_of(directories[0]) &&
		page <= gpa_of(data[DATA - 1]));
}

static void repair_page(struct page_table *page)
{
	u32 i;

	for (i = FIRST_INDEX; i < TABLE_ENTRIES; i++)
		if (!is_ours(page->entry[i]))
			page->entry[i] = 0;
}

/* Makes each entry absent that is no longer good, in each page that may be a table. */
static void repair_spaces(void)
{
	u32 i;

	for (i = 0; i < SPACES; i++) {
		map_kernel(directories[i]);
		repair_page(directories[i]);
	}
	for (i = 0; i < TABLES; i++)
		repair_page(tables[i]);
	for (i = 0; i < DATA; i++)
		repair_page(data[i]);
}

/*
 * Where the shadow is stale this can be the contents of any page: entries are bad code, which may
 * write anything anywhere. So it is one instruction only, with a trap behind it, and what it did
 * is repaired before it can kill.
 */
void step_ring3(u32 address)
{
	struct user_context context;

	user_prepare(&context, NULL, 0, (u32)ring3_stack + sizeof(ring3_stack));
	context.frame.eip = address;
	context.frame.eflags |= EFLAGS_TF;
	enter(&context);
	if (context.frame.eip != address)
		repair_spaces();
}

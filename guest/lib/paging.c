// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of either format. */
#include "guest/include/paging.h"
#include "guest/include/boot.h"
#include "guest/include/hypercall.h"
#include "guest/include/user.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

/* For entries of the upper levels: the entries of the page table alone restrict the rights. */
#define ALL_RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)

/* Filled by entry.S for an image at kernel_base; the directory then becomes the kernel's. */
struct page_table boot_directory ALIGNED(PAGE_SIZE), boot_middle ALIGNED(PAGE_SIZE);
struct page_table boot_tables[BOOT_TABLES] ALIGNED(PAGE_SIZE);

struct page_table *kernel_directory;
static struct page_table *current;

u32 kernel_span(void)
{
	return (u32)kernel_base ? SWITCHER_START - (u32)kernel_base : (u32)user_start;
}

static u32 mapped_memory(void)
{
	return min_u32(boot_memory(), kernel_span());
}

/* Page 0 stays absent where it would be at address 0: a null pointer is to fault. */
void paging_prepare(void)
{
	u32 base = (u32)kernel_base;
	gpa_t page;

	for (page = base ? 0 : PAGE_SIZE; page < mapped_memory(); page += PAGE_SIZE)
		page_map_quietly(&boot_directory, base + page, page, PTE_WRITE);
	kernel_directory = &boot_directory;
}

void paging_start(void)
{
	paging_prepare();
	if ((u32)kernel_base) /* entry.S needed it for its jump */
		boot_directory.entry[0] = 0;
	directory_switch(kernel_directory);
	if ((u32)kernel_base)
		hcall_set_pgd(gpa_of(kernel_directory), 0);
}

void directory_switch(struct page_table *directory)
{
	current = directory;
	hcall_new_pgtable(gpa_of(directory));
}

struct page_table *directory_current(void)
{
	return current;
}

static u32 top_index(gva_t address)
{
	return address >> TOP_SPAN_SHIFT;
}

static struct page_table *page_of(pte_t entry)
{
	return entry & PTE_PRESENT ? gpa_pointer(pte_address(entry)) : NULL;
}

/* The page that holds the PDE of this address: the directory itself, or a middle directory. */
static struct page_table *middle_of(const struct page_table *directory, gva_t address)
{
	if (!GUEST_PAE)
		return (struct page_table *)directory;
	return page_of(directory->entry[top_index(address)]);
}

/* A CPU reads the top entries of PAE only when CR3 is loaded: hence the announcement. */
static struct page_table *middle_made(struct page_table *directory, gva_t address)
{
	if (!middle_of(directory, address)) {
		directory->entry[top_index(address)] = gpa_of(page_alloc()) | TOP_RIGHTS;
		hcall_set_pgd(gpa_of(directory), top_index(address));
	}
	return middle_of(directory, address);
}

volatile pte_t *directory_entry(const struct page_table *directory, gva_t address)
{
	struct page_table *middle = middle_of(directory, address);

	return middle ? &middle->entry[directory_index(address) % TABLE_ENTRIES] : NULL;
}

static volatile pte_t *directory_entry_made(struct page_table *directory, gva_t address)
{
	middle_made(directory, address);
	return directory_entry(directory, address);
}

static pte_t directory_lookup(const struct page_table *directory, gva_t address)
{
	volatile pte_t *entry = directory_entry(directory, address);

	return entry ? *entry : 0;
}

static void copy_entries(struct page_table *to, const struct page_table *from)
{
	u32 i;

	for (i = 0; i < TABLE_ENTRIES; i++)
		to->entry[i] = from->entry[i] & ~PTE_ACCESSED;
}

static void copy_middles(struct page_table *directory)
{
	struct page_table *middle;
	u32 i;

	for (i = 0; i < TOP_ENTRIES; i++) {
		if (!page_of(kernel_directory->entry[i]))
			continue;
		middle = page_alloc();
		copy_entries(middle, page_of(kernel_directory->entry[i]));
		directory->entry[i] = gpa_of(middle) | TOP_RIGHTS;
	}
}

struct page_table *directory_new(void)
{
	struct page_table *directory = page_alloc();

	if (!kernel_directory)
		return directory;
	if (GUEST_PAE)
		copy_middles(directory);
	else
		copy_entries(directory, kernel_directory);
	return directory;
}

struct page_table *table_of(const struct page_table *directory, gva_t address)
{
	return page_of(directory_lookup(directory, address));
}

static void free_table(struct page_table *table)
{
	u32 i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		if (table->entry[i] & PTE_PRESENT)
			page_release(gpa_pointer(pte_address(table->entry[i])));
	}
	page_release(table);
}

bool directory_owns(const struct page_table *directory, u32 index)
{
	struct page_table *table = table_of(directory, index * TABLE_SPAN);

	return table &&
	       (!kernel_directory || table != table_of(kernel_directory, index * TABLE_SPAN));
}

static void free_middles(struct page_table *directory)
{
	u32 i;

	for (i = 0; i < TOP_ENTRIES; i++) {
		struct page_table *middle = page_of(directory->entry[i]);

		if (!middle)
			continue;
		directory->entry[i] = 0;
		hcall_set_pgd(gpa_of(directory), i);
		page_release(middle);
	}
}

void directory_free(struct page_table *directory)
{
	struct page_table *table;
	u32 i;

	ASSERT(directory != current && directory != kernel_directory);
	for (i = 0; i < DIRECTORY_TABLES; i++) {
		if (!directory_owns(directory, i))
			continue;
		table = table_of(directory, i * TABLE_SPAN);
		/* The hypervisor drops the shadow entries, before the page is used again. */
		directory_set(directory, i * TABLE_SPAN, 0);
		free_table(table);
	}
	if (GUEST_PAE)
		free_middles(directory);
	page_release(directory);
}

void directory_set_quietly(struct page_table *directory, gva_t address, pte_t entry)
{
	*directory_entry_made(directory, address) = entry;
}

void directory_announce(const struct page_table *directory, gva_t address)
{
	if (GUEST_PAE)
		hcall_set_pmd(gpa_of(middle_of(directory, address)),
			      directory_index(address) % TABLE_ENTRIES);
	else
		hcall_set_pgd(gpa_of(directory), directory_index(address));
}

void directory_set(struct page_table *directory, gva_t address, pte_t entry)
{
	directory_set_quietly(directory, address, entry);
	directory_announce(directory, address);
}

volatile pte_t *page_entry(const struct page_table *directory, gva_t address)
{
	struct page_table *table = table_of(directory, address);

	return table ? &table->entry[table_index(address)] : NULL;
}

pte_t page_lookup(const struct page_table *directory, gva_t address)
{
	volatile pte_t *entry = page_entry(directory, address);

	return entry ? *entry : 0;
}

/* An absent entry is never cached, so a new table needs no announcement. */
static volatile pte_t *page_entry_made(struct page_table *directory, gva_t address)
{
	if (!table_of(directory, address))
		directory_set_quietly(directory, address, gpa_of(page_alloc()) | ALL_RIGHTS);
	return page_entry(directory, address);
}

void page_set_quietly(struct page_table *directory, gva_t address, pte_t entry)
{
	*page_entry_made(directory, address) = entry;
}

void page_set(struct page_table *directory, gva_t address, pte_t entry)
{
	page_set_quietly(directory, address, entry);
	hcall_set_pte(gpa_of(directory), address & ~PAGE_OFFSET_MASK, entry);
}

void page_map_quietly(struct page_table *directory, gva_t address, gpa_t page, u32 flags)
{
	page_set_quietly(directory, address, page | PTE_PRESENT | flags);
}

void page_map(struct page_table *directory, gva_t address, gpa_t page, u32 flags)
{
	page_set(directory, address, page | PTE_PRESENT | flags);
}

void page_unmap_quietly(struct page_table *directory, gva_t address)
{
	volatile pte_t *entry = page_entry(directory, address);

	if (entry)
		*entry = 0;
}

void page_unmap(struct page_table *directory, gva_t address)
{
	page_unmap_quietly(directory, address);
	hcall_set_pte(gpa_of(directory), address & ~PAGE_OFFSET_MASK, 0);
}

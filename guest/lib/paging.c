// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of two levels. */
#include "guest/include/paging.h"
#include "guest/include/boot.h"
#include "guest/include/hypercall.h"
#include "guest/include/user.h"
#include "lib/panic.h"
#include "lib/string.h"

/* In the directory; the rights that count are in the table. */
#define ALL_RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)

/* Filled by entry.S for an image at kernel_base; the directory then becomes the kernel's. */
struct page_table boot_directory ALIGNED(PAGE_SIZE), boot_table ALIGNED(PAGE_SIZE);

struct page_table *kernel_directory;
static struct page_table *current;

u32 kernel_span(void)
{
	return (u32)kernel_base ? SWITCHER_START - (u32)kernel_base : (u32)user_start;
}

static u32 mapped_memory(void)
{
	return boot_memory() < kernel_span() ? boot_memory() : kernel_span();
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
	if ((u32)kernel_base) /* what entry.S needed there for its jump */
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

struct page_table *directory_new(void)
{
	struct page_table *directory = page_alloc();
	u32 i;

	if (!kernel_directory)
		return directory;
	for (i = 0; i < TABLE_ENTRIES; i++)
		directory->entry[i] = kernel_directory->entry[i] & ~PTE_ACCESSED;
	return directory;
}

struct page_table *table_of(const struct page_table *directory, gva_t address)
{
	pte_t entry = directory->entry[directory_index(address)];

	return entry & PTE_PRESENT ? gpa_pointer(pte_address(entry)) : NULL;
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
	pte_t entry = directory->entry[index];

	if (!(entry & PTE_PRESENT))
		return false;
	return !kernel_directory ||
	       pte_address(entry) != pte_address(kernel_directory->entry[index]);
}

void directory_free(struct page_table *directory)
{
	struct page_table *table;
	u32 i;

	ASSERT(directory != current && directory != kernel_directory);
	for (i = 0; i < TABLE_ENTRIES; i++) {
		if (!directory_owns(directory, i))
			continue;
		table = table_of(directory, i * TABLE_SPAN);
		/* Before its page can become something else: the hypervisor forgets what it has
		 * cached of it. */
		directory_set(directory, i * TABLE_SPAN, 0);
		free_table(table);
	}
	page_release(directory);
}

void directory_set_quietly(struct page_table *directory, gva_t address, pte_t entry)
{
	directory->entry[directory_index(address)] = entry;
}

void directory_set(struct page_table *directory, gva_t address, pte_t entry)
{
	directory_set_quietly(directory, address, entry);
	hcall_set_pgd(gpa_of(directory), directory_index(address));
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

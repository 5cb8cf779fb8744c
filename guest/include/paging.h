/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables, of the format that the image is compiled for: paging_2level.h, or paging_pae.h in an
 * image NAME-pae.elf. A guest that keeps to the functions here works with both: to it, a directory
 * is a list of tables, each for TABLE_SPAN bytes. (With PAE, middle directories lead to the
 * tables.)
 *
 * Functions come in pairs: the plain one writes the table and announces it to the hypervisor, as a
 * kernel must; the one that ends in _quietly only writes, as a kernel on hardware does before
 * INVLPG, so that the hypervisor's shadow entry stays in use.
 */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include "guest/include/memory.h"

#ifndef GUEST_PAE
#define GUEST_PAE 0
#endif
#if GUEST_PAE
#include "guest/include/paging_pae.h"
#else
#include "guest/include/paging_2level.h"
#endif

#define PTE_PRESENT 0x001
#define PTE_WRITE 0x002
#define PTE_USER 0x004
#define PTE_WRITE_THROUGH 0x008
#define PTE_CACHE_DISABLE 0x010
#define PTE_ACCESSED 0x020
#define PTE_DIRTY 0x040
#define PTE_LARGE 0x080 /* PSE in a directory, PAT in a table: a guest may use neither */
#define PTE_GLOBAL 0x100
#define PTE_COPY_ON_WRITE 0x200 /* the first of the three bits left to software */
#define PTE_FLAGS 0xFFF
#define PTE_MARKS (PTE_ACCESSED | PTE_DIRTY) /* bits that the CPU sets by itself */

#define TABLE_SPAN (TABLE_ENTRIES * PAGE_SIZE) /* bytes that a page table maps: 4 MB, or 2 MB */
#define DIRECTORY_TABLES (1 << (32 - TABLE_SPAN_SHIFT)) /* the most page tables of a directory */

/* Memory that entry.S maps for an image at kernel_base before C runs. */
#define BOOT_SPAN (4 * 1024 * 1024)
#define BOOT_TABLES (BOOT_SPAN / TABLE_SPAN)

#ifndef __ASSEMBLER__

/* One page of entries of any level. Volatile: the hypervisor sets ACCESSED and DIRTY at any
 * time. */
struct page_table {
	volatile pte_t entry[TABLE_ENTRIES];
};

/* The index of the address's page table among the DIRECTORY_TABLES of a directory. */
static inline u32 directory_index(gva_t address)
{
	return address >> TABLE_SPAN_SHIFT;
}

static inline u32 table_index(gva_t address)
{
	return (address >> PAGE_SHIFT) % TABLE_ENTRIES;
}

static inline gpa_t pte_address(pte_t entry)
{
	return (gpa_t)entry & ~PTE_FLAGS;
}

/*
 * The kernel's own directory: all RAM at kernel_base, writable, not for ring 3. NULL until
 * paging_prepare(), which a `high` image has already called. Every other directory starts as a copy
 * of its entries, so add kernel tables (page_map here) before making directories.
 */
extern struct page_table *kernel_directory;

/* Builds the kernel directory. Directories can be made from then on, and switched to. */
void paging_prepare(void);

/* The same, and leaves the hypervisor's linear map for it. */
void paging_start(void);

/* A directory with the kernel's entries and nothing else. */
struct page_table *directory_new(void);

/* True if the table with this index is the directory's own: present, and not the kernel's. */
bool directory_owns(const struct page_table *directory, u32 index);

/* Releases its own tables and every page that they map, and announces that. It must not be the
 * current directory. */
void directory_free(struct page_table *directory);

/* NEW_PGTABLE, even if it is the current one. */
void directory_switch(struct page_table *directory);
struct page_table *directory_current(void);

/* The entry that leads to a page table: in the directory, or with PAE in a middle directory. NULL
 * if there is no middle directory. */
volatile pte_t *directory_entry(const struct page_table *directory, gva_t address);

/* Entries that lead to tables: SET_PGD, or with PAE SET_PMD. */
void directory_set(struct page_table *directory, gva_t address, pte_t entry);
void directory_announce(const struct page_table *directory, gva_t address);
void directory_set_quietly(struct page_table *directory, gva_t address, pte_t entry);

/* The table behind an address, or NULL. */
struct page_table *table_of(const struct page_table *directory, gva_t address);

/* The address of the entry for an address, or NULL where there is no page table. */
volatile pte_t *page_entry(const struct page_table *directory, gva_t address);

/* The entry itself, 0 where there is no page table. */
pte_t page_lookup(const struct page_table *directory, gva_t address);

/* Sets a whole entry: SET_PTE. Makes the page table if there is none, with all rights in the
 * directory. */
void page_set(struct page_table *directory, gva_t address, pte_t entry);
void page_set_quietly(struct page_table *directory, gva_t address, pte_t entry);

/* Maps a page, with PRESENT and `flags`. */
void page_map(struct page_table *directory, gva_t address, gpa_t page, u32 flags);
void page_map_quietly(struct page_table *directory, gva_t address, gpa_t page, u32 flags);

/* Makes the entry absent. The page stays allocated. */
void page_unmap(struct page_table *directory, gva_t address);
void page_unmap_quietly(struct page_table *directory, gva_t address);

#endif
#endif

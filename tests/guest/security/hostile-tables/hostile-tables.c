/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Page tables that contain themselves, lie in lguest_data or change without a hypercall
 * work like others: each access follows the entries, ACCESSED and DIRTY are written into them, and
 * only this guest's own memory is reached.
 *
 * Reason: The hypervisor writes into the guest's tables by itself, and they may be anywhere.
 *
 * Method: Each of them is built, used and read.
 *
 * Module: mem=4M shadow=256K
 * Expect: shut down "tap: 28 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define SELF 0x30000000u
#define KERNEL 0xC0000000u
#define RW (PTE_PRESENT | PTE_WRITE)
#define USED (RW | PTE_MARKS)
#define ROUNDS 3
#define FLOOD 100
#define SPACES (32 + 1) /* one more than there are shadow directories */

/* The directory is its own page table: its entries are at SELF + 4 * index, page by page. */
static void test_recursive_directory(void)
{
	struct page_table *window = (void *)SELF, *directory = kernel_directory;
	struct page_table *itself = (void *)(SELF + directory_index(SELF) * PAGE_SIZE);
	pte_t entry;

	page_map(directory, AREA, gpa_of(page_with(1)), PTE_WRITE);
	directory_set(directory, SELF, gpa_of(directory) | RW);
	is_value(try_read((u32)&window[directory_index(AREA)]), page_lookup(directory, AREA),
		 "a directory that is its own table: the tables are pages");
	window[directory_index(AREA)].entry[1] = gpa_of(page_with(2)) | RW;
	is_value(try_read(AREA + PAGE_SIZE), 2, "an entry written through it counts");
	is_equal(directory->entry[directory_index(AREA)] & PTE_FLAGS, USED | PTE_USER,
		 "the write sets D in the directory's entry, as in a page's entry");
	entry = gpa_of(directory) | RW | PTE_ACCESSED;
	is_value(try_read((u32)&itself->entry[directory_index(SELF)]), entry,
		 "the entry that is all three levels shows A");
	is_fine(try_write((u32)&itself->entry[1], 0),
		"an entry can be written through a directory that is its own table");
	is_equal(directory->entry[directory_index(SELF)], entry | PTE_DIRTY,
		 "the write through a directory sets D in its entry");
	itself->entry[directory_index(AREA) + 1] = itself->entry[directory_index(AREA)];
	is_value(try_read(AREA + TABLE_SPAN), 1, "a directory entry written through it counts");
	directory_set(directory, SELF, 0);
	directory_set(directory, AREA + TABLE_SPAN, 0);
	is_page_fault(try_read(SELF), 0, SELF,
		      "a directory that is its own table can remove itself");
}

static void test_table_in_itself(void)
{
	struct page_table *table = table_of(kernel_directory, AREA);
	volatile pte_t *seen = (void *)(AREA + 5 * PAGE_SIZE);

	page_map(kernel_directory, (u32)seen, gpa_of(table), PTE_WRITE);
	is_value(try_read((u32)&seen[5]), gpa_of(table) | RW | PTE_ACCESSED,
		 "an entry that maps its own table shows its own A");
	is_fine(try_write((u32)&seen[6], gpa_of(page_with(6)) | RW),
		"an entry that maps its own table is written through");
	is_equal(table->entry[5], gpa_of(table) | USED,
		 "an entry that maps its own table has its own D");
	is_value(try_read(AREA + 6 * PAGE_SIZE), 6, "an entry written through that table is used");
	/* The write removes the page that it goes to. */
	is_fine(try_write((u32)&seen[5], 0), "an entry that maps its own table removes itself");
	page_unmap(kernel_directory, (u32)seen);
	is_page_fault(try_read((u32)seen), 0, (u32)seen,
		      "a removed entry is gone when that is announced");
}

/* The page that lguest_data lies in is a table: the ring's words are entries, and so is cr2. */
static void test_table_in_shared_page(void)
{
	u32 first = gpa_of(&lguest_data) & PAGE_OFFSET_MASK;
	volatile u32 *word = &lguest_data.hcalls[HCALL_RING_SIZE - 1].esi;
	u32 slot = ((u32)word & PAGE_OFFSET_MASK) / sizeof(u32);
	u32 cr2_slot = (first + LGUEST_DATA_CR2) / sizeof(u32);
	gpa_t page = gpa_of(page_with(8));

	*word = gpa_of(page_with(7)) | RW;
	directory_set(kernel_directory, SELF, (gpa_of(&lguest_data) - first) | RW);
	is_value(try_read(SELF + slot * PAGE_SIZE), 7, "a table in lguest_data's ring works");
	is_fine(try_write(SELF + slot * PAGE_SIZE, 9),
		"an entry that maps its own table is written through");
	is_equal(*word & PTE_FLAGS, USED, "a table in lguest_data's ring gets A and D");
	/* A fault at an address that is a good entry: the hypervisor writes it where a table is. */
	page_unmap(kernel_directory, page);
	try_read(page | PTE_PRESENT);
	is_value(try_read(SELF + cr2_slot * PAGE_SIZE), 8, "cr2 in lguest_data works as an entry");
	directory_set(kernel_directory, SELF, 0);
}

static void test_unannounced(void)
{
	page_map(kernel_directory, AREA, gpa_of(page_with(1)), PTE_WRITE);
	is_value(try_read(AREA), 1, "a table that changes without a hypercall works");
	page_map_quietly(kernel_directory, AREA, gpa_of(page_with(2)), PTE_WRITE);
	hcall_flush_tlb_user();
	is_value(try_read(AREA), 2, "a changed table is used from the next flush on");
	directory_set_quietly(kernel_directory, AREA, 0);
	page_map_quietly(kernel_directory, AREA, gpa_of(page_with(3)), 0);
	hcall_flush_tlb_all();
	is_value(try_read(AREA), 3, "another table is used from the next flush on");
}

static u32 flip(u32 flags, u32 error)
{
	page_map(kernel_directory, AREA, pte_address(page_lookup(kernel_directory, AREA)),
		 flags | PTE_MARKS);
	return try_write(AREA, 1).error == error;
}

/* The translation is in the TLB all the time: each write comes right behind the change. */
static void test_flips(void)
{
	u32 i, right = 0;

	for (i = 0; i < 100; i++) {
		right += flip(0, PF_PRESENT | PF_WRITE);
		right += flip(PTE_WRITE, 0);
	}
	is_equal(right, 200, "read-only, writable, read-only: at once, 100 times");
}

static void test_tops(void)
{
	struct page_table *low = (void *)(AREA + 7 * PAGE_SIZE);
	u32 i;

	for (i = 0; i < SPACES; i++)
		directory_switch(kernel_directory);
	is_value(try_read(AREA), 1, "a repeated switch to the current top level changes nothing");
	page_map(kernel_directory, (u32)low, 0, PTE_WRITE);
	for (i = 0; i < TABLE_ENTRIES; i++)
		low->entry[i] = kernel_directory->entry[i];
	hcall_new_pgtable(0);
	is_value(try_read(AREA), 1, "a top level at address 0 works");
	directory_switch(kernel_directory);
	page_map(kernel_directory, AREA, boot_memory() - PAGE_SIZE, PTE_WRITE);
	is_fine(try_write(AREA, 1), "an entry with the last frame of memory works");
	hcall_set_pgd(gpa_of(kernel_directory), 1022);
	hcall_set_pgd(gpa_of(kernel_directory), 1023);
	is_value(try_read(AREA), 1, "SET_PGD of 1022 and 1023 does no harm");
}

/* More spaces than are cached, each with its own page just below kernel_address. */
static void test_many_spaces(void)
{
	static struct page_table *spaces[SPACES];
	u32 i, round, right = 0;

	for (i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		page_map(spaces[i], KERNEL - PAGE_SIZE, gpa_of(page_with(i)), PTE_WRITE);
	}
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < SPACES; i++) {
			directory_switch(spaces[i]);
			hcall_set_pte(gpa_of(spaces[(i + 1) % SPACES]), KERNEL - PAGE_SIZE, 0);
			right += try_read(KERNEL - PAGE_SIZE).value == i;
			hcall_flush_tlb_user();
			right += try_read(KERNEL - PAGE_SIZE).value == i;
		}
	is_equal(right, 2 * ROUNDS * SPACES, "33 spaces in turn, SET_PTE at kernel_address - 1");
	directory_switch(kernel_directory);
}

static void test_storm(void)
{
	u32 i, right = 0;

	for (i = 0; i < FLOOD; i++) {
		hypercall(HCALL_FLUSH_TLB, i % 2, 0, 0, 0);
		right += try_read(AREA).value == 1;
	}
	is_equal(right, FLOOD, "a page can be read after each of a flood of flushes");
}

const char *guest_main(void)
{
	paging_start();
	test_recursive_directory();
	test_table_in_itself();
	test_table_in_shared_page();
	test_unannounced();
	test_flips();
	test_tops();
	test_many_spaces();
	test_storm();
	done();
}

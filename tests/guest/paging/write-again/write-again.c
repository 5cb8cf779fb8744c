/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A flush reads a page table again that has been written to, by whichever mapping of its page, and however often
 * these mappings have lost and gained the right to write.
 *
 * Reason: A page that was writable becomes so again without a search (SPTE_WRITER, hv/shadow/shadow.h). If that right
 * stayed while the page table is write-protected, the guest would write to it unnoticed, and a flush would not read it.
 *
 * Method: Random steps: a mapping gets other rights by SET_PTE, an entry is written by a mapping, address spaces are
 * flushed, and then the page must be that of the last entry. Each trial has a new page table, since one that two mappings
 * write to is never protected again.
 *
 * Module: mem=24M
 * Expect: shut down "tap: 1 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define ALIASES 0x30000000u
#define MAPPINGS 4
#define TRIALS 300
#define STEPS 36
#define RW (PTE_PRESENT | PTE_WRITE | PTE_MARKS)

static const u32 rights[] = {RW,
			     PTE_PRESENT | PTE_MARKS,
			     PTE_PRESENT | PTE_ACCESSED,
			     RW & ~PTE_DIRTY,
			     PTE_PRESENT | PTE_WRITE,
			     PTE_PRESENT,
			     0};
static struct page_table *table;
static u32 *pages[2], current, given[MAPPINGS], wrong;

static u32 random_below(u32 limit)
{
	static u32 state = 933;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (state >> 8) % limit;
}

/* Mapping 0 is the page's home. */
static gva_t mapping(u32 i)
{
	return i ? ALIASES + i * PAGE_SIZE : (gva_t)table;
}

static void give(u32 i, u32 right)
{
	given[i] = right;
	page_set(kernel_directory, mapping(i), right ? gpa_of(table) | right : 0);
}

static void new_table(void)
{
	table = page_alloc();
	current = 0;
	table->entry[0] = gpa_of(pages[0]) | RW;
	directory_set(kernel_directory, AREA,
		      gpa_of(table) | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED);
	for (u32 i = 0; i < MAPPINGS; i++)
		give(i, PTE_PRESENT | PTE_MARKS);
}

/* Exchanges the page, without a word. */
static void write_entry(u32 i)
{
	u32 other = random_below(2);
	bool allowed = (given[i] & PTE_PRESENT) && (given[i] & PTE_WRITE);

	if (try_write(mapping(i), gpa_of(pages[other]) | RW).trapped == allowed)
		wrong++;
	if (allowed)
		current = other;
}

static void flush(void)
{
	for (u32 left = 1 + random_below(5); left; left--)
		if (random_below(2))
			hcall_flush_tlb_user();
		else
			hcall_flush_tlb_all();
	if (*(volatile u32 *)AREA != 100 + current)
		wrong++;
}

static void step(u32 mappings)
{
	u32 i = random_below(mappings), kind = random_below(3);

	if (kind == 0)
		give(i, rights[random_below(sizeof(rights) / sizeof(*rights))]);
	else if (kind == 1)
		write_entry(i);
	else
		flush();
}

const char *guest_main(void)
{
	paging_start();
	page_map(kernel_directory, ALIASES, gpa_of(page_alloc()),
		 PTE_WRITE); /* the aliases' page table */
	pages[0] = page_with(100);
	pages[1] = page_with(101);
	for (u32 trial = 0; trial < TRIALS && !wrong; trial++) {
		u32 mappings = 1 + random_below(MAPPINGS);

		new_table();
		for (u32 i = 0; i < STEPS && !wrong; i++)
			step(mappings);
	}
	is_equal(wrong, 0, "each flush shows the last entry");
	done();
}

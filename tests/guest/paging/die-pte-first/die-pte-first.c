/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A SET_PTE right behind the first NEW_PGTABLE, which shows that the guest has PAE page tables, is one of a PAE
 * guest: a reserved bit in the upper half of its entry kills.
 *
 * Reason: The first NEW_PGTABLE changes the shadow engine, and the Switcher has the address of the engine's function for
 * SET_PTE (at_once, arch/x86/switcher.h). That of the former engine reads entries of 32 bits.
 *
 * Method: The guest says nothing before, so that nothing else interrupts its turn. The option pae= is not given.
 *
 * Module: mem=4M devices=off
 * Expect: killed "bad page table entry 0x10000000"
 */
#include "guest/include/kit.h"

#define ENTRIES 512
#define TOPS 4
#define TOP_SIZE 32
#define AREA 0x20000000u
#define RW (PTE_PRESENT | PTE_WRITE)
#define BIT(n) (1ull << (n))

typedef volatile u64 entry_t;

static entry_t low[2][ENTRIES] ALIGNED(PAGE_SIZE), middle[ENTRIES] ALIGNED(PAGE_SIZE),
    table[ENTRIES] ALIGNED(PAGE_SIZE);
/* A page directory of two levels cannot stand at the second one's address. */
static entry_t tops[2][TOPS] ALIGNED(PAGE_SIZE);

static void announce(u32 index, u64 entry)
{
	table[index] = entry;
	hcall_set_pte(gpa_of(tops[1]), AREA + index * PAGE_SIZE, entry);
}

const char *guest_main(void)
{
	u32 page = gpa_of(page_alloc());

	for (u32 i = 0; i < 2 * ENTRIES; i++)
		low[i / ENTRIES][i % ENTRIES] = i * PAGE_SIZE | RW;
	middle[0] = gpa_of(low[0]) | RW;
	middle[1] = gpa_of(low[1]) | RW;
	middle[AREA >> 21] = gpa_of(table) | RW;
	table[0] = page | RW;
	tops[1][0] = gpa_of(middle) | PTE_PRESENT;
	hcall_new_pgtable(gpa_of(tops[1]));
	*(volatile u32 *)AREA = 1; /* now there is a shadow page table */
	announce(1, page | RW | PTE_MARKS | BIT(52));
	return "still alive";
}

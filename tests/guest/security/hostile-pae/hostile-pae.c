/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: With the three levels and 64-bit entries of PAE, tables that contain themselves are
 * used correctly; frames beyond 4 GB, reserved bits and indexes beyond a table kill the guest.
 *
 * Reason: A check of half an entry is an easy error, and there is one level more than in
 * hostile-tables and hostile-die.
 *
 * Method: The tables are built without the kit; the case is the attack. The lower half of each bad
 * entry looks good.
 *
 * Module: mem=4M pae=on devices=off
 * Case: good shut down "tap: 18 passed"
 * Case: pte-high killed "bad page table entry 0x1001"
 * Case: pte-bit-52 killed "bad page table entry 0x10000000"
 * Case: pte-bit-62 killed "bad page table entry 0x40000000"
 * Case: pte-announced killed "bad page table entry 0x1"
 * Case: pte-limit killed "bad page table entry 0x400"
 * Case: pmd-high killed "bad page middle directory entry 0x1"
 * Case: pmd-limit killed "bad page middle directory entry 0x400"
 * Case: pmd-large killed "bad page middle directory entry"
 * Case: top-rw killed "bad page directory entry"
 * Case: top-user killed "bad page directory entry"
 * Case: top-large killed "bad page directory entry"
 * Case: top-high killed "bad page directory entry 0x1"
 * Case: top-nx killed "bad page directory entry 0x8"
 * Case: top-unaligned killed "bad page directory address"
 * Case: top-limit killed "bad page directory address 0x400000"
 * Case: pgd-4 killed "bad page directory index 4"
 * Case: pgd-5 killed "bad page directory index 5"
 * Case: pgd-highest killed "bad page directory index 4294967295"
 * Case: pmd-512 killed "bad page middle directory index 512"
 * Case: pmd-highest killed "bad page middle directory index 4294967295"
 * Case: pmd-unaligned killed "bad page middle directory address"
 * Case: pmd-beyond killed "bad page middle directory address 0x400000"
 * Case: pte-switcher killed "bad page table entry: SET_PTE for 0xffc00000"
 */
#include "guest/include/kit.h"

#define MEMORY (4 * MIB)
#define ENTRIES 512
#define TOPS 4
#define TOP_SIZE 32
#define AREA 0x20000000u
#define AREA_INDEX (AREA >> 21)
#define SELF 0x30000000u
#define SELF_INDEX (SELF >> 21)
#define RW (PTE_PRESENT | PTE_WRITE)
#define USED (RW | PTE_MARKS)
#define BIT(n) (1ull << (n))

typedef volatile u64 entry_t;

static entry_t middle[ENTRIES] ALIGNED(PAGE_SIZE), high_middle[ENTRIES] ALIGNED(PAGE_SIZE);
static entry_t low[2][ENTRIES] ALIGNED(PAGE_SIZE), table[ENTRIES] ALIGNED(PAGE_SIZE);
static entry_t top[TOPS] ALIGNED(TOP_SIZE), other_top[TOPS] ALIGNED(TOP_SIZE);
static u32 *page;

/* All of memory where it is, and an empty table at AREA. */
static void build(void)
{
	u32 i;

	for (i = 0; i < 2 * ENTRIES; i++)
		low[i / ENTRIES][i % ENTRIES] = i * PAGE_SIZE | RW;
	middle[0] = gpa_of(low[0]) | RW;
	middle[1] = gpa_of(low[1]) | RW;
	middle[AREA_INDEX] = gpa_of(table) | RW;
	top[0] = other_top[0] = gpa_of(middle) | PTE_PRESENT;
	top[3] = other_top[3] = gpa_of(high_middle) | PTE_PRESENT;
	page = page_with(1);
	table[0] = gpa_of(page) | RW;
	hcall_new_pgtable(gpa_of(top));
}

static void set_pte(u32 index, u64 entry)
{
	table[index] = entry;
	hypercall(HCALL_SET_PTE, gpa_of(top), AREA + index * PAGE_SIZE, (u32)entry,
		  (u32)(entry >> 32));
}

static void set_middle(u32 index, u64 entry)
{
	middle[index] = entry;
	hypercall(HCALL_SET_PMD, gpa_of(middle), index, 0, 0);
}

static void set_top(u32 index, u64 entry)
{
	top[index] = entry;
	hcall_set_pgd(gpa_of(top), index);
}

/* -- What is good ------------------------------------------------------------------------------ */

static void test_recursive_middle(void)
{
	entry_t *window = (entry_t *)(SELF + AREA_INDEX * PAGE_SIZE);
	entry_t *itself = (entry_t *)(SELF + SELF_INDEX * PAGE_SIZE);

	set_middle(SELF_INDEX, gpa_of(middle) | RW);
	is_value(try_read((u32)window), gpa_of(page) | RW,
		 "a middle directory that is its own table");
	is_fine(try_write((u32)&window[1], gpa_of(page_with(2)) | RW),
		"a middle directory that is its own table is written through");
	is_value(try_read(AREA + PAGE_SIZE), 2, "an entry written through that table is used");
	ok(middle[AREA_INDEX] == (gpa_of(table) | USED),
	   "that write sets D in the middle directory");
	is_value(try_read((u32)&itself[SELF_INDEX]), gpa_of(middle) | RW | PTE_ACCESSED,
		 "an entry that is all levels shows its A");
	set_middle(SELF_INDEX, 0);
	is_page_fault(try_read(SELF), 0, SELF, "an entry that is all levels can remove itself");
}

static void test_table_in_itself(void)
{
	entry_t *seen = (entry_t *)(AREA + 5 * PAGE_SIZE);

	set_pte(5, gpa_of(table) | RW);
	is_value(try_read((u32)&seen[5]), gpa_of(table) | RW | PTE_ACCESSED,
		 "a table that maps itself shows its own A");
	is_fine(try_write((u32)&seen[5], 0), "a table that maps itself removes itself");
	set_pte(5, 0);
	is_page_fault(try_read((u32)seen), 0, (u32)seen,
		      "a removed table is gone once that is announced");
}

static void test_tops(void)
{
	is_value(try_read(AREA), 1, "a page in a gigabyte, before the change");
	other_top[3] = 0;
	hcall_new_pgtable(gpa_of(other_top));
	is_value(try_read(AREA), 1, "another top level in the same page has the page");
	hcall_new_pgtable(gpa_of(top));
	set_top(3, 0);
	is_value(try_read(AREA), 1, "SET_PGD of the Switcher's gigabyte");
	ok(!try_read(SWITCHER_START).trapped,
	   "SET_PGD of the Switcher's gigabyte: the Switcher is still there");
	set_top(2, gpa_of(middle) | PTE_PRESENT);
	is_value(try_read(AREA + 0x80000000u), 1,
		 "one middle directory for two gigabytes has the page in the second");
	set_middle(AREA_INDEX, 0);
	is_page_fault(
	    try_read(AREA + 0x80000000u), 0, AREA + 0x80000000u,
	    "SET_PMD of a shared middle directory: the page is gone in the second gigabyte");
	is_page_fault(
	    try_read(AREA), 0, AREA,
	    "SET_PMD of a shared middle directory: the page is gone in the first gigabyte");
	set_middle(AREA_INDEX, gpa_of(table) | RW);
	memcpy((void *)(MEMORY - TOP_SIZE), (void *)top, TOP_SIZE);
	hcall_new_pgtable(MEMORY - TOP_SIZE);
	is_value(try_read(AREA), 1, "a top level in the last bytes of memory");
	is_fine(try_write(AREA, 1), "written");
}

static void good(void)
{
	test_recursive_middle();
	test_table_in_itself();
	test_tops();
	done();
}

/* -- What kills -------------------------------------------------------------------------------- */

#define ATTACK(name, action)                                                                       \
	static void name(void)                                                                     \
	{                                                                                          \
		action;                                                                            \
		try_read(AREA);                                                                    \
	}

ATTACK(pte_high, set_pte(0, gpa_of(page) | RW | BIT(32)))
ATTACK(pte_bit_52, set_pte(0, gpa_of(page) | RW | BIT(52)))
ATTACK(pte_bit_62, set_pte(0, gpa_of(page) | RW | BIT(62)))
ATTACK(pte_announced, try_read(AREA); set_pte(1, gpa_of(page) | USED | BIT(32)))
ATTACK(pte_limit, set_pte(0, MEMORY | RW))
ATTACK(pmd_high, set_middle(AREA_INDEX, gpa_of(table) | RW | BIT(32)))
ATTACK(pmd_limit, set_middle(AREA_INDEX, MEMORY | RW))
ATTACK(pmd_large, set_middle(AREA_INDEX, PTE_LARGE | RW))
ATTACK(top_rw, set_top(0, gpa_of(middle) | RW))
ATTACK(top_user, set_top(0, gpa_of(middle) | PTE_PRESENT | PTE_USER))
ATTACK(top_large, set_top(0, gpa_of(middle) | PTE_PRESENT | PTE_LARGE))
ATTACK(top_high, set_top(0, gpa_of(middle) | PTE_PRESENT | BIT(32)))
ATTACK(top_nx, set_top(0, gpa_of(middle) | PTE_PRESENT | BIT(63)))
ATTACK(top_unaligned, hcall_new_pgtable(gpa_of(top) + TOP_SIZE / 2))
ATTACK(top_limit, hcall_new_pgtable(MEMORY))
ATTACK(pgd_4, hcall_set_pgd(gpa_of(top), 4))
ATTACK(pgd_5, hcall_set_pgd(gpa_of(top), 5))
ATTACK(pgd_highest, hcall_set_pgd(gpa_of(top), ~0u))
ATTACK(pmd_512, hypercall(HCALL_SET_PMD, gpa_of(middle), ENTRIES, 0, 0))
ATTACK(pmd_highest, hypercall(HCALL_SET_PMD, gpa_of(middle), ~0u, 0, 0))
ATTACK(pmd_unaligned, hypercall(HCALL_SET_PMD, gpa_of(middle) + TOP_SIZE, 0, 0, 0))
ATTACK(pmd_beyond, hypercall(HCALL_SET_PMD, MEMORY, 0, 0, 0))
ATTACK(pte_switcher, hypercall(HCALL_SET_PTE, gpa_of(top), SWITCHER_START, 0, 0))

static const struct boot_case cases[] = {
    {"good", good},
    {"pte-high", pte_high},
    {"pte-bit-52", pte_bit_52},
    {"pte-bit-62", pte_bit_62},
    {"pte-announced", pte_announced},
    {"pte-limit", pte_limit},
    {"pmd-high", pmd_high},
    {"pmd-limit", pmd_limit},
    {"pmd-large", pmd_large},
    {"top-rw", top_rw},
    {"top-user", top_user},
    {"top-large", top_large},
    {"top-high", top_high},
    {"top-nx", top_nx},
    {"top-unaligned", top_unaligned},
    {"top-limit", top_limit},
    {"pgd-4", pgd_4},
    {"pgd-5", pgd_5},
    {"pgd-highest", pgd_highest},
    {"pmd-512", pmd_512},
    {"pmd-highest", pmd_highest},
    {"pmd-unaligned", pmd_unaligned},
    {"pmd-beyond", pmd_beyond},
    {"pte-switcher", pte_switcher},
};

const char *guest_main(void)
{
	build();
	return boot_run_case(cases, ARRAY_SIZE(cases));
}

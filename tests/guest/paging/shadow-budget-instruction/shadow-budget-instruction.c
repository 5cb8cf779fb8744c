/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: An instruction that needs six page tables at once completes, although the kernel's
 * shared tables, other address spaces, or both take nearly all shadow memory.
 *
 * Reason: If the hypervisor reclaimed the tables that the same instruction has just had filled, its
 * page faults would repeat without end.
 *
 * Method: MOVSL reads across one 4 MB boundary, writes across a second, and its code lies across a
 * third. It is tried behind each number of kernel tables, up to more than fit.
 *
 * Module: mem=4M shadow=80K
 * Expect: shut down "tap: 3 passed"
 */
#include "guest/include/kit.h"

/* Each is where a 4 MB slot begins; the page before it is mapped too. */
#define SOURCE 0x21000000u
#define TARGET 0x22000000u
#define CODE 0x23000000u
#define KERNEL_SOURCE 0xF0000000u
#define KERNEL_TARGET 0xF1000000u
#define KERNEL_AREA 0xC0000000u /* kernel_address */
#define TABLES 24               /* with a budget of 20 frames */
#define SPACES 20
#define NUMBER 0x12345678u

/* REP MOVSL, RET: the border is between REP and MOVSL. */
static const u8 copy_code[] = {0xF3, 0xA5, 0xC3};

static void map_around(gva_t border)
{
	page_map_quietly(kernel_directory, border - PAGE_SIZE, gpa_of(page_alloc()), PTE_WRITE);
	page_map_quietly(kernel_directory, border, gpa_of(page_alloc()), PTE_WRITE);
}

static void map_everything(void)
{
	const gva_t borders[] = {SOURCE, TARGET, CODE, KERNEL_SOURCE, KERNEL_TARGET};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(borders); i++)
		map_around(borders[i]);
	for (i = 0; i < TABLES; i++)
		page_map_quietly(kernel_directory, KERNEL_AREA + i * TABLE_SPAN,
				 gpa_of(page_with(i)), PTE_WRITE);
	memcpy((u8 *)CODE - 1, copy_code, sizeof(copy_code));
}

/* Copies the word across `source` to the one across `target`. */
static bool copies(gva_t source, gva_t target)
{
	u32 from = source - 2, to = target - 2, count = 1;

	*(volatile u32 *)from = NUMBER;
	*(volatile u32 *)to = 0;
	hcall_flush_tlb_user();
	__asm__ volatile("call *%3" : "+S"(from), "+D"(to), "+c"(count) : "r"(CODE - 1) : "memory");
	return *(volatile u32 *)(target - 2) == NUMBER;
}

static void use_kernel_tables(u32 count)
{
	u32 i;

	hcall_flush_tlb_all();
	for (i = 0; i < count; i++)
		try_read(KERNEL_AREA + i * TABLE_SPAN);
}

static u32 count_copies(gva_t source, gva_t target)
{
	u32 tables, right = 0;

	for (tables = 0; tables < TABLES; tables++) {
		use_kernel_tables(tables);
		right += copies(source, target);
	}
	return right;
}

static u32 count_copies_in_spaces(void)
{
	struct page_table *spaces[SPACES];
	u32 i, right = 0;

	for (i = 0; i < SPACES; i++)
		spaces[i] = directory_new();
	for (i = 0; i < 3 * SPACES; i++) {
		use_kernel_tables(0);
		directory_switch(spaces[i % SPACES]);
		right += copies(SOURCE, KERNEL_TARGET);
	}
	return right;
}

const char *guest_main(void)
{
	paging_start();
	map_everything();
	is_equal(count_copies(SOURCE, TARGET), TABLES, "copies from user page to user page");
	is_equal(count_copies(KERNEL_SOURCE, KERNEL_TARGET), TABLES,
		 "copies from kernel page to kernel page");
	is_equal(count_copies_in_spaces(), 3 * SPACES, "copies in 20 address spaces");
	done();
}

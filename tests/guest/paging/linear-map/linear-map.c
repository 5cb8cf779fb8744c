/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Before the first NEW_PGTABLE a guest sees gva = gpa, for ring 1 only, read-write, up
 * to the last byte of its memory. Afterwards nothing of this map is left.
 *
 * Reason: A kernel builds its first page tables through this map.
 *
 * Method: Each page of 5 MB, which is more than one shadow table maps, gets its number through the
 * linear map. Page tables must then show the same numbers. Beyond the end: die-linear-map.
 *
 * Module: mem=5M
 * Expect: shut down "tap: 14 passed"
 */
#include "guest/include/kit.h"

#define ALIAS 0x20000000u /* where page tables show the memory a second time */
#define RET 0xC3u

static gpa_t first; /* from here up memory is the test's, apart from what page_alloc gives out */

static u32 count_numbered(u32 base)
{
	u32 right = 0;
	gpa_t page;

	for (page = first; page < boot_memory(); page += PAGE_SIZE)
		right += *(volatile u32 *)(base + page) == ~page;
	return right;
}

static void test_read_write(void)
{
	u32 pages = (boot_memory() - first) / PAGE_SIZE;
	gpa_t page, last = boot_memory() - sizeof(u32);

	for (page = first; page < boot_memory(); page += PAGE_SIZE)
		*(volatile u32 *)page = ~page;
	is_equal(count_numbered(0), pages, "every page keeps its number");
	is_fine(try_write(last, 1), "the last word can be written");
	is_value(try_read(last), 1, "the last word can be read");
	is_fine(try_read(BOOT_PARAMETERS), "page 0 can be read");
	is_fine(try_read(boot_memory() - PAGE_SIZE - 2), "a word across two pages can be read");
	*(volatile u8 *)(last + 3) = RET;
	is_fine(try_execute(last + 3), "the last byte can be executed");
}

/* Hypercalls that name a directory, before there is one. */
static void test_hypercalls(void)
{
	u32 pages = (boot_memory() - first) / PAGE_SIZE;

	hcall_set_pte(first, first, 0);
	hcall_set_pgd(first, 0);
	is_equal(count_numbered(0), pages, "SET_PTE and SET_PGD change nothing");
	hcall_flush_tlb_user();
	hcall_flush_tlb_all();
	is_equal(count_numbered(0), pages, "a flush changes nothing");
}

/* Ring 3 cannot even fetch an instruction. */
static void test_ring3(void)
{
	struct user_context context;
	u32 target = boot_memory() - PAGE_SIZE;

	user_prepare(&context, NULL, 0, boot_memory());
	context.frame.eip = target;
	user_run(&context);
	is_equal(context.frame.vector, VECTOR_PF, "ring 3 may not use the linear map");
	is_equal(context.frame.error, PF_PRESENT | PF_USER,
		 "ring 3's fault is that of a kernel page");
	is_equal(context.cr2, target, "ring 3's fault is at its first instruction");
}

static void test_leaving(void)
{
	u32 pages = (boot_memory() - first) / PAGE_SIZE;
	gpa_t page;

	paging_start();
	for (page = first; page < boot_memory(); page += PAGE_SIZE)
		page_map_quietly(kernel_directory, ALIAS + page, page, 0);
	is_equal(count_numbered(ALIAS), pages, "in page tables, the numbers are at the same gpa");
	is_page_fault(try_read(BOOT_PARAMETERS), 0, BOOT_PARAMETERS,
		      "page 0 is not there any more");
	page_unmap_quietly(kernel_directory, first);
	is_page_fault(try_write(first, 1), PF_WRITE, first,
		      "a page of the linear map cannot be written any more");
}

const char *guest_main(void)
{
	first = boot_memory() / 2;
	test_read_write();
	test_hypercalls();
	test_ring3();
	test_leaving();
	done();
}

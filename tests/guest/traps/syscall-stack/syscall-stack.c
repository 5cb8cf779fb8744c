/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A system call whose trap stack has no shadow entry happens once and as usual: the page
 * fault of the CPU's push is filled.
 *
 * Reason: A direct gate makes the CPU push in the middle of INT. The page fault comes at ring 3's
 * instruction, but is an access of the kernel.
 *
 * Method: SET_STACK pins no page, and the stack's pages are fresh. The frame lies in one page or
 * across two; the entry is missing, or cached read-only; the address space is new; the stack is in
 * the kernel's part.
 *
 * Expect: shut down "tap: 30 passed"
 */
#include "guest/include/kit.h"

#define USER_STACK 0x20000000u
#define KERNEL_STACK 0xD0000000u
#define PAGES 2
#define FRAME_SIZE 20u     /* ss, esp, eflags, cs, eip */
#define CALL 7             /* some system call */
#define ACROSS 8u          /* bytes of the frame in the upper page */
#define RESULT_OFFSET 1000 /* what the "kernel" adds */

/* Fresh pages: without A and D, and not cached. */
static void map_stack(struct page_table *directory, gva_t stack, u32 flags)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		page_map(directory, stack + i * PAGE_SIZE, gpa_of(page_alloc()), flags);
}

static USER_CODE u32 call_twice(u32 argument)
{
	return syscall(CALL, argument, 0, 0) + syscall(CALL, argument + 1, 0, 0);
}

/* Runs call_twice and serves it; true if both calls came once, with their arguments. */
static bool calls_work(gva_t top)
{
	struct user_context context;
	u32 calls = 0;

	hcall_set_stack(GUEST_DS, top, 0);
	user_prepare(&context, call_twice, 5, USER_STACK_TOP);
	user_run(&context);
	while (context.frame.vector == SYSCALL_VECTOR && context.frame.eax == CALL &&
	       context.frame.ebx == 5 + calls) {
		calls++;
		context.frame.eax = context.frame.ebx + RESULT_OFFSET;
		user_run(&context);
	}
	return calls == 2 && context.frame.vector == SYSCALL_VECTOR &&
	       context.frame.eax == SYSCALL_EXIT && context.frame.ebx == 5 + 6 + 2 * RESULT_OFFSET;
}

static bool is_marked(const struct page_table *directory, gva_t at)
{
	return (page_lookup(directory, at) & PTE_MARKS) == PTE_MARKS;
}

static void test_one_page(struct page_table *directory, gva_t stack, const char *where)
{
	gva_t top = stack + PAGES * PAGE_SIZE;

	map_stack(directory, stack, PTE_WRITE);
	ok(calls_work(top), "%s, never touched: system calls arrive", where);
	ok(is_marked(directory, top - PAGE_SIZE), "the stack's page has A and D");
	map_stack(directory, stack, PTE_WRITE);
	try_read(top - 4);
	ok(calls_work(top), "%s, cached for reading only: they arrive", where);
	ok(is_marked(directory, top - PAGE_SIZE), "the stack's page has A and D");
	map_stack(directory, stack, PTE_WRITE);
	ok(calls_work(top), "%s, dropped by SET_PTE: they arrive", where);
	ok(is_marked(directory, top - PAGE_SIZE), "the stack's page has A and D");
}

static void test_two_pages(struct page_table *directory, gva_t stack, const char *where)
{
	gva_t border = stack + PAGE_SIZE, top = border + ACROSS;

	map_stack(directory, stack, PTE_WRITE);
	ok(calls_work(top), "%s, the frame across two pages: system calls arrive", where);
	ok(is_marked(directory, border) && is_marked(directory, stack),
	   "both pages of the stack have A and D");
	map_stack(directory, stack, PTE_WRITE);
	try_write(border, 0);
	ok(calls_work(top), "%s, only the upper page cached: they arrive", where);
	map_stack(directory, stack, PTE_WRITE);
	try_write(border - 4, 0);
	ok(calls_work(top), "%s, only the lower page cached: they arrive", where);
}

static void test_new_spaces(void)
{
	u32 i, right = 0;
	struct page_table *space;

	for (i = 0; i < 4; i++) {
		space = directory_new();
		directory_set_quietly(space, USER_STACK, 0);
		user_map(space);
		map_stack(space, USER_STACK, PTE_WRITE);
		directory_switch(space);
		right += calls_work(USER_STACK + PAGES * PAGE_SIZE);
	}
	is_equal(right, 4, "in address spaces that have just been switched to: they arrive");
}

/* The stack is unmapped between the calls, while ring 3 runs. */
static void test_flush(void)
{
	gva_t top = USER_STACK + PAGES * PAGE_SIZE;
	struct page_table *space = directory_current();

	hcall_set_stack(GUEST_DS, top, 0);
	hcall_flush_tlb_user();
	ok(calls_work(top), "after a flush of the user part: they arrive");
	hcall_flush_tlb_all();
	ok(calls_work(top), "after a flush of everything: they arrive");
	directory_announce(space, USER_STACK);
	ok(calls_work(top), "after SET_PGD of its slot: they arrive");
}

static void test_contents(void)
{
	gva_t top = USER_STACK + PAGES * PAGE_SIZE;
	const u32 *frame = (const u32 *)(top - FRAME_SIZE);
	struct outcome outcome;

	map_stack(directory_current(), USER_STACK, PTE_WRITE);
	hcall_set_stack(GUEST_DS, top, 0);
	outcome = ring3_read((u32)user_start);
	is_fine(outcome, "the frame that was pushed by the repeated INT:");
	is_equal(frame[0], outcome.frame.eip, "eip");
	is_equal(frame[1], USER_CS, "cs");
	is_equal(frame[2] & EFLAGS_IF, EFLAGS_IF, "eflags, interrupts on");
	is_equal(frame[3], USER_STACK_TOP, "esp, with the return address taken off");
	is_equal(frame[4], USER_DS, "ss");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	test_one_page(kernel_directory, USER_STACK, "user part");
	test_two_pages(kernel_directory, USER_STACK, "user part");
	test_one_page(kernel_directory, KERNEL_STACK, "kernel's part");
	test_two_pages(kernel_directory, KERNEL_STACK, "kernel's part");
	test_new_spaces();
	test_flush();
	test_contents();
	done();
}

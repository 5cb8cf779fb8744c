/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NEW_PGTABLE, SET_STACK and LOAD_TLS in the ring, in this order, switch to another task: its address
 * space, its trap stack and its segments hold from the next instruction on. So they do where one of the three
 * has something to do: a new address space, other segments, a stack of one page, calls across the ring's end.
 *
 * Reason: Linux makes these three calls at each switch of processes. The hypervisor serves them together if
 * there is little to do, and must notice when there is more.
 *
 * Method: Two tasks whose page, stack and segments differ. After each switch the page is read, and traps of
 * ring 3 show where their frames are. The ring's cursor takes each of its 64 places.
 *
 * Expect: shut down "tap: 10 passed"
 */
#include "guest/include/kit.h"

#define PAGE_AT 0x20000000u
#define NOTHING_AT 0x21000000u
#define STACKS_AT 0xD0000000u
#define STACK_PAGES 2u
#define TASKS 2u
#define LIMIT 0x1234u
#define FRAME_SIZE 20u /* that a system call pushes: ss, esp, eflags, cs, eip */

struct task {
	struct page_table *space;
	u32 value; /* of the word at PAGE_AT */
	gva_t stack;
	u32 pages; /* of the stack */
	struct descriptor tls[GUEST_TLS_ENTRIES];
};

static struct task tasks[TASKS];

/* The last descriptor differs between the tasks, if `own` is true. */
static void set_segments(struct task *task, bool own)
{
	u32 i;

	for (i = 0; i < GUEST_TLS_ENTRIES; i++)
		task->tls[i] = descriptor_make(0, LIMIT + i, 3, SEGMENT_WRITABLE);
	if (own)
		task->tls[GUEST_TLS_ENTRIES - 1] =
		    descriptor_make(0, LIMIT + task->value, 3, SEGMENT_WRITABLE);
}

static u32 limit_of_last(void)
{
	u32 limit = 0;

	__asm__ volatile("lsl %1, %0"
			 : "+r"(limit)
			 : "r"((GUEST_TLS_FIRST + GUEST_TLS_ENTRIES - 1) * 8 + 3)
			 : "cc");
	return limit;
}

static void make_space(struct task *task)
{
	u32 *page = page_alloc();

	*page = task->value;
	task->space = directory_new();
	user_map(task->space);
	page_map_quietly(task->space, PAGE_AT, gpa_of(page), PTE_USER);
}

/* Fresh pages, which no shadow entry maps. */
static void map_stack(const struct task *task)
{
	u32 page;

	for (page = 1; page <= STACK_PAGES; page++)
		page_map(kernel_directory, task->stack - page * PAGE_SIZE, gpa_of(page_alloc()),
			 PTE_WRITE);
}

static void make_tasks(void)
{
	u32 i;

	for (i = 0; i < TASKS; i++) {
		tasks[i].value = 100 + i;
		tasks[i].pages = STACK_PAGES;
		tasks[i].stack = STACKS_AT + (i + 1) * STACK_PAGES * PAGE_SIZE;
		map_stack(&tasks[i]);
		set_segments(&tasks[i], false);
	}
	for (i = 0; i < TASKS; i++)
		make_space(&tasks[i]);
}

static void switch_to(const struct task *task)
{
	hypercall_async(HCALL_NEW_PGTABLE, gpa_of(task->space), 0, 0, 0);
	hypercall_async(HCALL_SET_STACK, GUEST_DS, task->stack, task->pages, 0);
	hypercall_async(HCALL_LOAD_TLS, gpa_of(task->tls), 0, 0, 0);
	hcall_flush_async();
}

static USER_CODE u32 do_nothing(u32 argument)
{
	return argument;
}

/* True if a frame of ring 3's is at the top of this task's stack. Clears it. */
static bool has_frame(const struct task *task)
{
	u32 *eip = (u32 *)(task->stack - FRAME_SIZE);
	bool there = *eip >= (u32)user_start && *eip < (u32)user_end;

	*eip = 0;
	return there;
}

/* True if a system call, which the CPU delivers, and a page fault, which the hypervisor delivers, both arrive on
 * this task's stack. */
static bool is_stack_of(const struct task *task)
{
	struct outcome call = ring3_call(do_nothing, 5);
	bool called = has_frame(task) && !call.trapped && call.value == 5;
	struct outcome fault = ring3_read(NOTHING_AT);

	return called && has_frame(task) && fault.trapped && fault.cr2 == NOTHING_AT;
}

/* The number of so many switches after which page and segments are those of the task. */
static u32 count_right(u32 switches, bool own_segments)
{
	u32 i, right = 0;

	for (i = 0; i < switches; i++) {
		const struct task *task = &tasks[i % TASKS];
		u32 limit = LIMIT + (own_segments ? task->value : GUEST_TLS_ENTRIES - 1);

		switch_to(task);
		right += *(volatile u32 *)PAGE_AT == task->value && limit_of_last() == limit;
	}
	return right;
}

static void test_places(void)
{
	is_equal(count_right(2 * HCALL_RING_SIZE, false), 2 * HCALL_RING_SIZE,
		 "after each switch the page is the task's");
}

static void test_stacks(void)
{
	u32 i;

	for (i = 0; i < TASKS; i++) {
		switch_to(&tasks[i]);
		ok(is_stack_of(&tasks[i]), "traps of task %u arrive on its stack", i);
	}
	map_stack(&tasks[0]);
	switch_to(&tasks[0]);
	ok(is_stack_of(&tasks[0]), "also if nothing has touched the stack before");
	tasks[1].pages = 1;
	switch_to(&tasks[1]);
	ok(is_stack_of(&tasks[1]), "also on a stack of one page");
	switch_to(&tasks[0]);
	ok(is_stack_of(&tasks[0]), "and then on the other task's again");
	tasks[1].pages = STACK_PAGES;
}

static void test_segments(void)
{
	u32 i;

	for (i = 0; i < TASKS; i++)
		set_segments(&tasks[i], true);
	is_equal(count_right(8, true), 8, "segments that differ are loaded at each switch");
	for (i = 0; i < TASKS; i++)
		set_segments(&tasks[i], false);
	is_equal(count_right(8, false), 8, "segments that have changed in memory are loaded, too");
}

static void test_spaces(void)
{
	u32 *page = page_alloc();

	make_space(&tasks[0]);
	is_equal(count_right(4, false), 4, "a new address space is used from the first switch on");
	tasks[0].value = *page = 200;
	page_map_quietly(tasks[0].space, PAGE_AT, gpa_of(page), PTE_USER);
	hcall_flush_tlb_all();
	is_equal(count_right(4, false), 4, "a flush of all holds in the space that is switched to");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	make_tasks();
	test_places();
	test_stacks();
	test_segments();
	test_spaces();
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_TLS sets GDT entries 6 to 8, which ring 3 uses through fs and gs, up to their
 * limits, and keeps over system calls, faults and interrupts.
 *
 * Reason: A process has its thread-local storage there; the kernel loads the three entries at each
 * switch.
 *
 * Method: Three segments over one page with different bases, read in ring 3. Then other segments at
 * the same place, as for another process.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define TLS_PAGE 0x20000000u
#define SLOT_SIZE 16u
#define SELECTOR(slot) ((GUEST_TLS_FIRST + (slot)) * 8 + 3)
#define VALUE(process, slot) (0x1000u * (process) + (slot))
#define SPIN 50000000u

static USER_CODE u32 read_by_gs(u32 selector)
{
	u32 value;

	__asm__ volatile("movl %1, %%gs; movl %%gs:0, %0" : "=r"(value) : "r"(selector));
	return value;
}

static USER_CODE u32 read_by_fs(u32 selector)
{
	u32 value;

	__asm__ volatile("movl %1, %%fs; movl %%fs:0, %0" : "=r"(value) : "r"(selector));
	return value;
}

/* The last word inside the limit. */
static USER_CODE u32 read_last_by_gs(u32 selector)
{
	u32 value;

	__asm__ volatile("movl %1, %%gs; movl %%gs:12, %0" : "=r"(value) : "r"(selector));
	return value;
}

/* gs is loaded once; then comes each kind of exit from ring 3. */
static USER_CODE u32 keep_gs(u32 selector)
{
	u32 value = read_by_gs(selector), kept;

	syscall(1, 0, 0, 0);
	for (u32 i = 0; i < SPIN; i++)
		__asm__ volatile("");
	__asm__ volatile("movl %%gs:0, %0" : "=r"(kept));
	return kept == value ? value : 0;
}

static void load(u32 *page, u32 process)
{
	struct descriptor tls[GUEST_TLS_ENTRIES];
	u32 slot, at;

	for (slot = 0; slot < GUEST_TLS_ENTRIES; slot++) {
		at = (process * GUEST_TLS_ENTRIES + slot) * SLOT_SIZE;
		page[at / sizeof(u32)] = VALUE(process, slot);
		page[at / sizeof(u32) + 3] = ~VALUE(process, slot);
		tls[slot] = descriptor_make(TLS_PAGE + at, SLOT_SIZE - 1, 3, SEGMENT_WRITABLE);
	}
	descriptor_load_tls(tls);
}

static void check(u32 process)
{
	u32 slot;

	for (slot = 0; slot < GUEST_TLS_ENTRIES; slot++) {
		is_equal(ring3_call(read_by_gs, SELECTOR(slot)).value, VALUE(process, slot),
			 "process %u, slot %u, by gs", process, slot);
		is_equal(ring3_call(read_by_fs, SELECTOR(slot)).value, VALUE(process, slot),
			 "the segment's first word by fs");
		is_equal(ring3_call(read_last_by_gs, SELECTOR(slot)).value, ~VALUE(process, slot),
			 "the segment's last word");
	}
}

/* Goes on after the system call, with the clock running: interrupts come back as well. */
static void test_kept(void)
{
	struct user_context context;
	u32 interrupts = 0;

	user_prepare(&context, keep_gs, SELECTOR(1), USER_STACK_TOP);
	clock_start(NS_PER_MS);
	user_run(&context);
	is_equal(context.frame.vector, SYSCALL_VECTOR, "a system call in between");
	is_equal(context.frame.gs, SELECTOR(1), "the kernel sees ring 3's gs");
	for (user_enter(&context); context.frame.vector != SYSCALL_VECTOR; user_enter(&context))
		interrupts++;
	clock_stop();
	ok(interrupts > 0, "interrupts in between");
	is_equal(context.frame.ebx, VALUE(1, 1), "gs still leads to the same memory");
}

const char *guest_main(void)
{
	u32 *page = page_alloc();

	paging_start();
	user_map(kernel_directory);
	page_map(kernel_directory, TLS_PAGE, gpa_of(page), PTE_USER | PTE_WRITE);
	load(page, 0);
	check(0);
	load(page, 1);
	check(1);
	test_kept();
	hcall_load_gdt_entry(GUEST_TLS_FIRST + 1, 0, 0);
	is_trap(ring3_call(read_by_gs, SELECTOR(1)), VECTOR_GP, SELECTOR(1) & ~3u,
		"an empty slot does not load");
	load(page, 1); /* the same three as before, and not those in between */
	check(1);
	done();
}

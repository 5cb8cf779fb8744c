/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The probes, handlers and ring-3 calls of the guest kit tell a success from a trap.
 *
 * Reason: Every other image depends on them.
 *
 * Method: Each gets an operation that works and one that traps.
 *
 * Module: mem=4M timeout=20 -- plain key=value key=last empty=
 * Expect: shut down "tap: 40 passed"
 */
#include "guest/include/kit.h"

#define SPARE 0x20000000u /* the kit uses nothing there */
#define VALUE 0xC0FFEEu

static void test_boot(void)
{
	char value[8] = "";
	u32 size;

	is_equal(boot_memory(), 4 * MIB, "the memory is what the module line gives");
	ok(boot_option("plain") && !boot_option("plai") && !boot_option("plainer"),
	   "a word of the command line stands by itself");
	ok(boot_option_value("key", value, sizeof(value)) && !strcmp(value, "last"),
	   "the last value of a key counts");
	ok(boot_option_value("empty", value, sizeof(value)) && !*value, "a value may be empty");
	ok(!boot_option_value("ke", value, sizeof(value)), "half a key is none");
	ok(!boot_initrd(&size) && !size, "a guest without an initrd finds none");
}

static void test_pages(void)
{
	u32 before = pages_free();
	u32 *page = page_alloc(), *again;

	page[1] = VALUE;
	page_share(page);
	page_release(page);
	is_equal(page_users(page), 1, "a shared page has a user left after one release");
	is_equal(pages_free(), before - 1, "a shared page is not free after one release");
	page_release(page);
	again = page_alloc();
	ok(again == page && !again[1], "a freed page comes back, zeroed");
	page_release(again);
	is_equal(pages_free(), before, "every page is back");
}

static u32 read_twice(u32 address)
{
	u32 trapped = try_read(address).trapped;

	return 2 * trapped + try_read(SPARE).trapped;
}

static u32 trap_after_probe(u32 unused)
{
	(void)unused;
	try_read(SPARE);
	__asm__ volatile("ud2");
	return 0;
}

static void test_probes(void)
{
	u32 *page = page_alloc();
	struct outcome outer;

	page[0] = VALUE;
	page[1] = 0xC3; /* RET */
	page_map(kernel_directory, SPARE, gpa_of(page), 0);
	is_equal(try_read(SPARE).value, VALUE, "a probe reads");
	is_page_fault(try_write(SPARE, 1), PF_PRESENT | PF_WRITE, SPARE,
		      "write protection: a write has a page fault");
	is_equal(try_read(SPARE).value, VALUE, "write protection: nothing was written");
	is_fine(try_execute(SPARE + 4), "a probe executes");
	page_unmap(kernel_directory, SPARE);
	is_page_fault(try_read(SPARE), 0, SPARE, "a read of an absent page has a page fault");
	is_page_fault(try_write(SPARE + 8, 1), PF_WRITE, SPARE + 8,
		      "a write of an absent page has a page fault");
	outer = try_call(read_twice, (u32)page);
	ok(!outer.trapped && outer.value == 1, "probes inside a probe");
	is_trap(try_call(trap_after_probe, 0), VECTOR_UD, 0,
		"a trap behind an inner probe is the outer one's");
	is_equal(try_in(0x64, 1).value, TRY_IN_EAX | 0xFF, "IN of a byte");
	is_fine(try_out(0x80, 4), "OUT");
	page_release(page);
}

static u32 breakpoints;

static void on_breakpoint(struct trap_frame *frame)
{
	breakpoints++;
	frame->eax = frame->vector;
}

static void test_handler(void)
{
	u32 eax = 0;

	trap_handlers[VECTOR_BP] = on_breakpoint;
	__asm__ volatile("int3" : "+a"(eax));
	is_equal(breakpoints, 1, "a handler is called");
	is_equal(eax, VECTOR_BP, "a handler's change of the frame comes back");
}

static USER_CODE u32 add_seven(u32 number)
{
	return number + 7;
}

static USER_CODE u32 ask_kernel(u32 number)
{
	return syscall(number, 0, 0, 0);
}

static void test_ring3(void)
{
	struct page_table *space = directory_new();
	u32 *page = page_alloc();
	struct outcome asked;

	user_map(space);
	page_map(space, SPARE, gpa_of(page), PTE_USER);
	directory_switch(space);
	is_equal(ring3_call(add_seven, 5).value, 12, "a function runs in ring 3");
	is_fine(ring3_read(SPARE), "ring 3 reads a page of its own");
	is_page_fault(ring3_write(SPARE, 1), PF_PRESENT | PF_WRITE | PF_USER, SPARE,
		      "ring 3 may not write its read-only page");
	is_page_fault(ring3_read((u32)image_start), PF_PRESENT | PF_USER, (u32)image_start,
		      "ring 3 may not read the kernel");
	is_page_fault(ring3_execute(SPARE + PAGE_SIZE), PF_USER, SPARE + PAGE_SIZE,
		      "ring 3 may not execute an absent page");
	is_trap(ring3_in(0x64, 1), VECTOR_GP, 0, "ring 3 may not use a port");
	asked = ring3_call(ask_kernel, 42);
	is_trap(asked, SYSCALL_VECTOR, 0, "a system call arrives");
	is_equal(asked.frame.eax, 42, "a system call has its number in eax");
	directory_switch(kernel_directory);
	directory_free(space);
}

static USER_CODE u32 count_down(u32 number)
{
	while (number--)
		__asm__ volatile("");
	return VALUE;
}

static void test_clock(void)
{
	struct wall_time before;
	struct user_context context;
	u32 interrupted = 0;

	clock_sleep_ms(1);
	before = wall_clock();
	clock_sleep_ms(50);
	ok(wall_ms_between(before, wall_clock()) >= 49, "a sleep is not too short");
	ok(!irq_are_enabled(), "a sleep leaves interrupts as they were");

	user_map(kernel_directory);
	user_prepare(&context, count_down, 100000000, USER_STACK_TOP);
	clock_start(2 * NS_PER_MS);
	for (user_enter(&context); context.frame.vector == GUEST_IRQ_VECTOR_BASE;
	     user_enter(&context))
		interrupted++;
	is_equal(ring3_call(count_down, 10000000).value, VALUE,
		 "a ring-3 call returns its value although the clock interrupts it");
	clock_stop();
	ok(interrupted > 1 && interrupted <= clock_ticks(), "the clock interrupts ring 3");
	is_equal(context.frame.ebx, VALUE, "interrupted ring-3 code continues and finishes");
}

static void test_ring(void)
{
	u32 i;

	/* More hypercalls than slots; only the last one leaves a usable gate. */
	for (i = 0; i < 3 * HCALL_RING_SIZE; i++)
		hypercall_async(HCALL_LOAD_IDT_ENTRY, VECTOR_BP, 0, 0, 0);
	trap_gate(VECTOR_BP, GATE_TRAP, 3);
	__asm__ volatile("int3" : : : "eax");
	is_equal(breakpoints, 2, "the ring keeps order, past its size");
	for (i = 0; i < HCALL_RING_SIZE; i++)
		breakpoints += lguest_data.hcall_status[i] != HCALL_SLOT_DONE;
	is_equal(breakpoints, 2, "the ring is empty after a hypercall");
}

static void test_segments(void)
{
	static u32 here = VALUE;
	const struct descriptor tls[GUEST_TLS_ENTRIES] = {
	    descriptor_make((u32)&here, sizeof(here) - 1, 1, SEGMENT_WRITABLE)};
	u32 value;

	descriptor_load_tls(tls);
	gs_write(GUEST_TLS_FIRST * 8 + 1);
	__asm__ volatile("movl %%gs:0, %0" : "=r"(value));
	is_equal(value, VALUE, "a segment has its base");
	gs_write(0);
}

const char *guest_main(void)
{
	test_boot();
	paging_start();
	test_pages();
	test_probes();
	test_handler();
	test_ring3();
	test_clock();
	test_ring();
	test_segments();
	is_equal(entry_state.esi, 0, "the entry state was recorded");
	is_equal(entry_state.cs, GUEST_CS, "the recorded entry state has the code segment");
	done();
}

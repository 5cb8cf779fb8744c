/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A ring of 64 flushes, of sleeps, of kicks to its own cursor or with any status byte is
 * 64 hypercalls and no more; a ring of 64 shutdowns is one.
 *
 * Reason: All of it runs in one exit, with interrupts off.
 *
 * Method: Each, many times; the guest's memory must be as before.
 *
 * Expect: shut down "the first of 64"
 */
#include "guest/include/kit.h"

#define STORMS 50
#define AT 0x20000000u
#define PAGES 64

static void map_pages(void)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		page_map(kernel_directory, AT + i * TABLE_SPAN / 2, gpa_of(page_with(i)),
			 PTE_WRITE);
}

static u32 right_pages(void)
{
	u32 i, right = 0;

	for (i = 0; i < PAGES; i++)
		right += try_read(AT + i * TABLE_SPAN / 2).value == i;
	return right;
}

static void fill_ring(u32 number, u32 ebx)
{
	u32 i;

	for (i = 0; i < HCALL_RING_SIZE; i++)
		hypercall_async(number, ebx, 0, 0, 0);
}

static void test_storm(u32 number, u32 ebx, const char *name)
{
	u32 i, right = 0;

	for (i = 0; i < STORMS; i++) {
		fill_ring(number, ebx);
		hcall_flush_async();
		right += right_pages();
	}
	is_equal(right, STORMS * PAGES, "%s", name);
}

static void test_switches(void)
{
	struct page_table *other = directory_new();
	u32 i, round, right = 0;

	for (round = 0; round < STORMS; round++) {
		for (i = 0; i < HCALL_RING_SIZE; i++)
			hypercall_async(HCALL_NEW_PGTABLE, gpa_of(i % 2 ? kernel_directory : other),
					0, 0, 0);
		hcall_flush_async();
		right += right_pages();
	}
	is_equal(right, STORMS * PAGES, "64 switches to and fro");
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
}

/* The sleeps are over with the first interrupt; the other 31 events replace each other. */
static void test_sleeps(void)
{
	u32 i;

	irq_handle(GUEST_IRQ_TIMER, on_clock);
	for (i = 0; i < HCALL_RING_SIZE; i++)
		hypercall_async(i % 2 ? HCALL_HALT : HCALL_SET_CLOCKEVENT, NS_PER_MS, 0, 0, 0);
	hcall_flush_async();
	irq_disable();
	ok(true, "32 sleeps in one exit");
}

/* The cursor has passed all slots each time: it is at slot 0 again. */
static void test_status(void)
{
	u32 i, status, done = 0;

	for (status = 0; status < HCALL_SLOT_DONE; status++) {
		for (i = 0; i < HCALL_RING_SIZE; i++) {
			lguest_data.hcalls[i].eax = HCALL_FLUSH_ASYNC;
			lguest_data.hcall_status[i] = status;
		}
		hcall_flush_async();
		for (i = 0; i < HCALL_RING_SIZE; i++)
			done += lguest_data.hcall_status[i] == HCALL_SLOT_DONE;
	}
	is_equal(done, HCALL_SLOT_DONE * HCALL_RING_SIZE, "any status but 0xFF is to do");
}

const char *guest_main(void)
{
	static const char first[] = "the first of 64", other[] = "not the first";
	u32 i;

	paging_start();
	map_pages();
	test_storm(HCALL_FLUSH_TLB, 0, "64 flushes of the user part");
	test_storm(HCALL_FLUSH_TLB, 1, "64 flushes of everything");
	test_storm(HCALL_SEND_INTERRUPTS, 0, "64 times what is pending");
	test_switches();
	test_sleeps();
	test_status();
	plan(6);
	for (i = 0; i < HCALL_RING_SIZE; i++)
		hypercall_async(HCALL_SHUTDOWN, gpa_of(i ? other : first), SHUTDOWN_POWEROFF, 0, 0);
	hcall_flush_async();
	return "survived";
}

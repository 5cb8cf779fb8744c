/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct lguest_data at a place of the test's choice: every part of it is used, by both sides.
 * For an image with GUEST_NO_INIT; it is the whole test.
 */
#ifndef LGUEST_DATA_ELSEWHERE_H
#define LGUEST_DATA_ELSEWHERE_H

#include "guest/include/kit.h"

#define NOWHERE 0x20000123u

static volatile struct lguest_data *data;

/* Copies the kit's values, and passes this address only to the hypervisor. */
static void init_at(gpa_t at)
{
	data = gpa_pointer(at);
	memcpy((void *)data, (const void *)&lguest_data, sizeof(*data));
	hcall_lguest_init(at);
}

static u32 count_done(void)
{
	u32 i, done = 0;

	for (i = 0; i < HCALL_RING_SIZE; i++)
		done += data->hcall_status[i] == HCALL_SLOT_DONE;
	return done;
}

/* Fills this ring without the kit, whose own ring is elsewhere. */
static void test_ring(void)
{
	u32 i;

	for (i = 0; i < HCALL_RING_SIZE; i++) {
		data->hcalls[i].eax = HCALL_FLUSH_ASYNC;
		data->hcall_status[i] = HCALL_SLOT_TODO;
	}
	is_equal(count_done(), 0, "the ring is full");
	hcall_flush_async();
	is_equal(count_done(), HCALL_RING_SIZE, "the ring there is run to its end");
}

static void load_page_fault_gate(void)
{
	u32 stub = trap_stub(VECTOR_PF);

	hcall_load_idt_entry(VECTOR_PF, GUEST_CS << 16 | (stub & 0xFFFF),
			     (stub & 0xFFFF0000) | GATE_PRESENT | GATE_INTERRUPT << 8);
}

/* Eight results. */
static void test_lguest_data_at(gpa_t at)
{
	init_at(at);
	is_equal(data->reserve_mem, GUEST_RESERVED_TOP, "LGUEST_INIT has written to it");
	ok(data->time_seconds, "LGUEST_INIT has written the time");
	is_equal(lguest_data.reserve_mem, 0, "LGUEST_INIT has not written to the kit's structure");
	test_ring();
	load_page_fault_gate();
	paging_start();
	data->irq_enabled = GUEST_IF;
	ok(try_read(NOWHERE).trapped, "a page fault arrives");
	is_equal(data->cr2, NOWHERE, "cr2 there has the fault's address");
	is_equal(data->irq_enabled, 0, "the page fault's gate has cleared irq_enabled there");
}

#endif

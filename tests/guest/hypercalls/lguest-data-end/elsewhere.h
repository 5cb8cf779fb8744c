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

/* Copies the kit's values, and lets the hypervisor know this place only. */
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

/* The kit's own ring is elsewhere: what is put into this one, we put there by hand. */
static void test_ring(void)
{
	u32 i;

	for (i = 0; i < HCALL_RING_SIZE; i++) {
		data->hcalls[i].eax = HCALL_FLUSH_ASYNC;
		data->hcall_status[i] = HCALL_SLOT_TODO;
	}
	is_equal(count_done(), 0, "the ring is full");
	hcall_flush_async();
	is_equal(count_done(), HCALL_RING_SIZE, "and is run to its end");
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
	ok(data->time_seconds, "the time, too");
	is_equal(lguest_data.reserve_mem, 0, "and nowhere else");
	test_ring();
	load_page_fault_gate();
	paging_start();
	data->irq_enabled = GUEST_IF;
	ok(try_read(NOWHERE).trapped, "a page fault");
	is_equal(data->cr2, NOWHERE, "has its address there");
	is_equal(data->irq_enabled, 0, "and its gate has switched interrupts off there");
}

#endif

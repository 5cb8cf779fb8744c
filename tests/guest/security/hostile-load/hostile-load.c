/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that asks for as much as it can of one thing, until its time limit, takes it
 * from its own share of CPU, memory and console.
 *
 * Reason: Other guests must get their share.
 *
 * Method: isolation-cpu-state runs beside it and must get its share. The case is the thing.
 *
 * Cases:
 *	console      the longest string, printed again and again
 *	hypercalls   the cheapest hypercall
 *	ring         rings of 64 flushes
 *	flushes      a flush of everything, then accesses to all of it
 *	tables       address spaces with pages of their own, as many as its memory holds; then again
 *	switches     switches among more address spaces than are cached
 *	events       clock events, each in a nanosecond
 *	traps        exceptions that have to be reflected
 *	halts        sleeps that end at once
 *
 * Module: mem=4M timeout=1
 * Case: console timed out
 * Case: hypercalls timed out
 * Case: ring timed out
 * Case: flushes timed out
 * Case: tables timed out
 * Case: switches timed out
 * Case: events timed out
 * Case: traps timed out
 * Case: halts timed out
 * Runner: tests/system/beside.t
 */
#include "guest/include/kit.h"

#define AREA 0x40000000u
#define TEXT 1024u
#define PAGES 64u
#define SPACES 40u /* more than the hypervisor keeps */

static struct page_table *spaces[SPACES];

static void console(void)
{
	static char text[TEXT + 1];

	memset(text, 'x', TEXT);
	for (;;)
		hcall_notify(gpa_of(text));
}

static void hypercalls(void)
{
	for (;;)
		hcall_flush_async();
}

static void ring(void)
{
	for (;;)
		hypercall_async(HCALL_FLUSH_TLB, 1, 0, 0, 0);
}

static void touch_pages(void)
{
	for (u32 i = 0; i < PAGES; i++)
		*(volatile u32 *)(AREA + i * TABLE_SPAN) += 1;
}

static void map_pages(struct page_table *directory, u32 count)
{
	for (u32 i = 0; i < count; i++)
		page_map(directory, AREA + i * TABLE_SPAN, gpa_of(page_alloc()),
			 PTE_WRITE | PTE_USER);
}

static void flushes(void)
{
	map_pages(kernel_directory, PAGES);
	for (;;) {
		hcall_flush_tlb_all();
		touch_pages();
	}
}

/* Like a kernel whose processes multiply: each space is used once, then all are given up. */
static void tables(void)
{
	for (;;) {
		for (u32 i = 0; i < SPACES; i++) {
			spaces[i] = directory_new();
			map_pages(spaces[i], 4);
			directory_switch(spaces[i]);
			*(volatile u32 *)AREA = i;
		}
		directory_switch(kernel_directory);
		for (u32 i = 0; i < SPACES; i++)
			directory_free(spaces[i]);
	}
}

static void switches(void)
{
	for (u32 i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		map_pages(spaces[i], 1);
	}
	for (u32 i = 0;; i = (i + 1) % SPACES) {
		directory_switch(spaces[i]);
		*(volatile u32 *)AREA = i;
	}
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	hcall_set_clockevent(1);
}

static void events(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	hcall_set_clockevent(1);
	irq_enable();
	for (;;)
		;
}

static void traps(void)
{
	for (;;)
		try_write(AREA, 0);
}

static void halts(void)
{
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	for (;;) {
		irq_disable();
		hcall_set_clockevent(1);
		cpu_halt();
	}
}

static const struct boot_case cases[] = {
    {.name = "console", .run = console}, {.name = "hypercalls", .run = hypercalls},
    {.name = "ring", .run = ring},       {.name = "flushes", .run = flushes},
    {.name = "tables", .run = tables},   {.name = "switches", .run = switches},
    {.name = "events", .run = events},   {.name = "traps", .run = traps},
    {.name = "halts", .run = halts},
};

const char *guest_main(void)
{
	paging_start();
	return boot_run_case(cases, ARRAY_SIZE(cases));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that never sleeps gets the share of the CPU that its weight and cap give it.
 *
 * Reason: The work that it gets done is its share, whatever the hypervisor's statistics say.
 *
 * Method: The guest counts rounds of a loop of fixed length, for ms= milliseconds of the wall clock
 * or times= rounds, and prints their number. With times= and doze=N it sleeps for a moment each N
 * rounds, to look like a guest that needs little. With pages=N a round drops N pages and faults them
 * in again.
 *
 * Module: mem=2M -- ms=100
 * Expect: shut down "sched-busy-loop: went round "
 * Runner: tests/system/share.t
 */
#include "guest/include/kit.h"

#define PART_MS 1000u /* a clock event holds no more than 4.2 s */
#define LOOP 1000u
#define AREA 0x40000000u
#define DOZE_NS 50000u /* the default; doze-ns= gives another number */

static volatile u32 left_ms;

static void set_part(void)
{
	u32 part = left_ms < PART_MS ? left_ms : PART_MS;

	hcall_set_clockevent(part * NS_PER_MS);
}

static void on_clock(struct trap_frame *frame)
{
	(void)frame;
	left_ms -= left_ms < PART_MS ? left_ms : PART_MS;
	set_part();
}

static void loop(void)
{
	u32 count = LOOP;

	__asm__ volatile("1: decl %0; jnz 1b" : "+r"(count));
}

/* Each page costs a hypercall that drops it, and a page fault. */
static void fault_pages(u32 count)
{
	static u32 *page;

	if (!page)
		page = page_alloc();
	for (u32 i = 0; i < count; i++) {
		page_set(kernel_directory, AREA + i * PAGE_SIZE, 0);
		page_map_quietly(kernel_directory, AREA + i * PAGE_SIZE, gpa_of(page), PTE_WRITE);
		*(volatile u32 *)(AREA + i * PAGE_SIZE) = i;
	}
}

static void sleep_shortly(u32 ns)
{
	irq_disable(); /* or the event may come before the guest sleeps */
	hcall_set_clockevent(ns);
	cpu_halt();
}

const char *guest_main(void)
{
	u32 rounds = 0, times = boot_option_number("times", 0);
	u32 pages = boot_option_number("pages", 0);
	u32 doze = boot_option_number("doze", 0), doze_ns = boot_option_number("doze-ns", DOZE_NS);

	left_ms = boot_option_number("ms", 100);
	if (pages)
		paging_start();
	irq_handle(GUEST_IRQ_TIMER, on_clock);
	if (times)
		left_ms = UINT32_MAX;
	else
		set_part();
	irq_enable();
	for (; left_ms && (!times || rounds < times); rounds++) {
		if (pages)
			fault_pages(pages);
		else
			loop();
		if (doze && rounds % doze == 0)
			sleep_shortly(doze_ns);
	}
	shutdown("sched-busy-loop: went round %u times", rounds);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that restarts starts from its module again, with nothing left of the life
 * before. Its time limit counts all its lives.
 *
 * Reason: A kernel that reboots expects a new machine; a guest that restarts without end must still
 * end.
 *
 * Method: Each life looks for values of the one before in its data, in all of its memory, in its
 * descriptors and in CR0, and then leaves some in each place. A life takes 1.2 s, so the time limit
 * ends the third. Time is counted in instructions, so that a busy host does not make lives longer.
 *
 * Module: mem=4M timeout=3 -- word
 * Boot: -icount shift=0,sleep=off
 * Expect: restarting "everything was fresh"
 * Expect: restarting "everything was fresh"
 * Expect: timed out
 */
#include "guest/include/kit.h"

#define TESTS 9
#define LIFE_MS 1200
#define FRESH 0x600DF00Du
#define DIRT 0xD1
#define TLS_SELECTOR (GUEST_TLS_FIRST * 8 + 1)
#define CR0_TS 0x8u

static u32 data = FRESH, bss;

static u32 count_not_zero(gpa_t from, gpa_t to)
{
	const u32 *word;
	u32 wrong = 0;

	for (word = gpa_pointer(from); word < (const u32 *)gpa_pointer(to); word++)
		wrong += *word != 0;
	return wrong;
}

static bool is_descriptor(u32 selector)
{
	bool found;

	__asm__("lar %1, %%eax; setz %0" : "=q"(found) : "r"(selector) : "eax", "cc");
	return found;
}

static u32 cr0_low(void)
{
	u32 cr0;

	__asm__ volatile("smsw %0" : "=r"(cr0));
	return cr0;
}

/* A clock event of the life before would come while all memory is read. */
static void expect_fresh(gpa_t free)
{
	lguest_data.blocked_interrupts = 0;
	is_equal(data, FRESH, "data is as in the image");
	is_equal(bss, 0, "BSS is zero");
	is_equal(count_not_zero(free, boot_memory()), 0, "all free memory is zero");
	ok(boot_option("word"), "the command line is the module's");
	is_equal(entry_state.eflags, EFLAGS_ALWAYS | EFLAGS_IF, "eflags has its value at a start");
	is_equal(entry_state.eax | entry_state.ebx | entry_state.ecx | entry_state.edx |
		     entry_state.esi | entry_state.edi | entry_state.ebp | entry_state.fs |
		     entry_state.gs,
		 0, "general registers are 0");
	ok(!is_descriptor(TLS_SELECTOR), "no descriptor is left");
	is_equal(cr0_low() & CR0_TS, 0, "TS is clear");
	is_equal(lguest_data.irq_pending, 0, "no interrupt is pending");
}

static void leave_traces(gpa_t free)
{
	const struct descriptor tls[GUEST_TLS_ENTRIES] = {
	    descriptor_make(0, PAGE_SIZE - 1, 1, SEGMENT_WRITABLE)};

	data = bss = 1;
	memset(gpa_pointer(free), DIRT, boot_memory() - free);
	descriptor_load_tls(tls);
	gs_write(TLS_SELECTOR);
	hcall_ts(true);
	hcall_set_clockevent(NS_PER_MS);
}

const char *guest_main(void)
{
	gpa_t free = boot_memory() / 2; /* the page allocator and the tables are below */

	plan(TESTS);
	expect_fresh(free);
	clock_sleep_ms(LIFE_MS);
	paging_start();
	leave_traces(free);
	restart("everything was fresh");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: In the top 4 MB the guest can write the registers page only, without effect. The text
 * of the Switcher and of the fast path and the state page (GDT, IDT, TSS) are read-only, and ring 3
 * reaches nothing. Behind them are windows on the guest's own memory; the rest is absent.
 *
 * Reason: Ring 1 is supervisor to paging, so only write protection and absence keep a guest from
 * making itself a descriptor.
 *
 * Method: Each page of the 4 MB is probed from both rings. The windows are lguest_data and, once
 * ring 3 has had a page fault, the tables that the fast path read, read-only (the faults are repeated for each
 * page, since all windows close when the guest leaves its CPU). The faults must be
 * those of the guest's own tables, which have nothing there. Then the registers page is filled with
 * different words, and the guest goes on with hypercalls, traps and faults.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define TEXT_PAGE SWITCHER_START
#define REGISTERS_PAGE (SWITCHER_START + PAGE_SIZE)
#define STATE_PAGE (SWITCHER_START + 2 * PAGE_SIZE)
#define FAST_PATH_PAGE (SWITCHER_START + 0x7000)
#define SHARED_WINDOW (SWITCHER_START + 0x8000) /* two pages */
#define TABLE_WINDOWS (SWITCHER_START + 0xA000)
#define WINDOWS_END (SWITCHER_START + 0x40000)
#define NOT_THERE 0x20000000u                     /* nor is a table */
#define UNMAPPED (USER_STACK_TOP - 2 * PAGE_SIZE) /* in the table of ring 3's stack */

static void is_write_protected(u32 page, const char *name)
{
	u32 at, bad = 0;
	struct outcome outcome;

	for (at = page; at < page + PAGE_SIZE; at += 64) {
		outcome = try_write(at, 0);
		bad += !outcome.trapped || outcome.vector != VECTOR_PF ||
		       outcome.error != PF_WRITE || outcome.cr2 != at;
	}
	is_equal(bad, 0, "%s cannot be written", name);
}

/* The table that the CPU uses. */
static u32 gdt_base(void)
{
	struct {
		u16 limit;
		u32 base;
	} PACKED gdt;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	return gdt.base;
}

static void test_ring1(void)
{
	u32 page, bad = 0;

	is_write_protected(TEXT_PAGE, "the Switcher's text");
	is_write_protected(STATE_PAGE, "the state page");
	is_write_protected(FAST_PATH_PAGE, "the fast path's text");
	is_equal(gdt_base() & ~PAGE_OFFSET_MASK, STATE_PAGE, "the GDT is in the state page");
	for (page = STATE_PAGE + PAGE_SIZE; page; page += PAGE_SIZE)
		bad += page != SHARED_WINDOW && page != FAST_PATH_PAGE &&
		       (!try_read(page).trapped || !try_write(page, 0).trapped);
	is_equal(bad, 0, "behind it nothing can be read or written");
}

/* lguest_data, by two addresses. */
static void test_shared_window(void)
{
	u32 at = SHARED_WINDOW + (gpa_of(&lguest_data) & PAGE_OFFSET_MASK);
	volatile struct lguest_data *seen = (volatile struct lguest_data *)at;

	lguest_data.time_seconds = 0x12345678;
	is_equal(seen->time_seconds, 0x12345678, "the window on lguest_data reads it");
	seen->time_seconds = 0x87654321;
	is_equal(lguest_data.time_seconds, 0x87654321,
		 "a write through the window on lguest_data reaches it");
}

static bool is_page_of(u32 window, const volatile void *inside)
{
	u32 page = (u32)inside & ~PAGE_OFFSET_MASK;

	return !memcmp((const void *)window, (const void *)page, PAGE_SIZE);
}

/* The page tables of NOT_THERE and UNMAPPED. */
static bool is_own_table(u32 window)
{
	return is_page_of(window, kernel_directory) ||
	       is_page_of(window, directory_entry(kernel_directory, NOT_THERE)) ||
	       is_page_of(window, directory_entry(kernel_directory, UNMAPPED)) ||
	       is_page_of(window, table_of(kernel_directory, UNMAPPED));
}

/* After page faults in ring 3. */
static void test_table_windows(void)
{
	u32 page, seen = 0, strange = 0, writable = 0;

	u32 not_trapped = 0;

	for (page = TABLE_WINDOWS; page < WINDOWS_END; page += PAGE_SIZE) {
		not_trapped += !ring3_read(NOT_THERE).trapped + !ring3_read(UNMAPPED).trapped;
		if (try_read(page).trapped)
			continue;
		seen++;
		writable += !try_write(page, *(u32 *)page).trapped;
		strange += !is_own_table(page);
	}
	is_equal(not_trapped, 0, "all accesses of ring 3 fault");
	ok(seen >= 2, "%u tables are seen through windows", seen);
	is_equal(writable, 0, "no table can be written through a window");
	is_equal(strange, 0, "all tables in windows are the guest's own");
}

static void test_ring3(void)
{
	u32 page, bad = 0;
	struct outcome outcome;

	for (page = SWITCHER_START; page < WINDOWS_END; page += PAGE_SIZE) {
		outcome = ring3_read(page);
		bad += !outcome.trapped || outcome.error != PF_USER || outcome.cr2 != page;
		outcome = ring3_write(page, 0);
		bad += !outcome.trapped || outcome.error != (PF_USER | PF_WRITE);
	}
	is_equal(bad, 0, "ring 3 reaches none of it");
}

static USER_CODE u32 add_one(u32 number)
{
	return number + 1;
}

static void scribble(u32 word)
{
	volatile u32 *page = (volatile u32 *)REGISTERS_PAGE;
	u32 i;

	for (i = 0; i < PAGE_SIZE / sizeof(u32); i++)
		page[i] = word;
}

/* New words before each kind of exit. */
static void test_scribble(u32 word)
{
	scribble(word);
	hcall_flush_async();
	scribble(word);
	is_equal(try_in(0x64, 4).value, ~0u, "registers page full of %08x: IN", word);
	scribble(word);
	is_page_fault(try_write(NOT_THERE, 1), PF_WRITE, NOT_THERE, "a page fault");
	scribble(word);
	is_equal(ring3_call(add_one, 41).value, 42, "ring 3 and back");
	scribble(word);
	clock_sleep_ms(1);
	ok(true, "an interrupt");
}

const char *guest_main(void)
{
	static const u32 words[] = {0, ~0u, 0x00000108, REGISTERS_PAGE, 0x0010FFFF};
	u32 i;

	paging_start();
	user_map(kernel_directory);
	test_ring1();
	test_shared_window();
	test_table_windows();
	test_ring3();
	for (i = 0; i < ARRAY_SIZE(words); i++)
		test_scribble(words[i]);
	done();
}

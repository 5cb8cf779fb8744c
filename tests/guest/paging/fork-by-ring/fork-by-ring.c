/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The SET_PTEs of a fork all take effect, by the ring from any slot on, and by a direct call where the
 * ring is full: the parent and the child can read each page and write to none; SSE registers and CR0.TS stay as
 * they are.
 *
 * Reason: A Linux announces each page for the parent and then for the child, and makes the 65th call directly. The
 * hypervisor runs these calls in pairs, and compares two pairs at once with SSE registers.
 *
 * Method: 100 pages below two page tables. The child has no page tables yet, and in a second fork it has. Before the
 * second one each page is another one. Some rings are not full, or have other calls in the middle.
 *
 * Expect: shut down "tap: 50 passed"
 */
#include "guest/include/kit.h"

#define PAGES 100u
#define BOUNDARY 0x20000000u /* of page tables */
#define CPUID_SSE 0x02000000u

static gva_t address_of(u32 page)
{
	return BOUNDARY + (page - PAGES / 2) * PAGE_SIZE;
}

/* -- Announcements ---------------------------------------------------------------------------- */

static u32 in_ring;

/* By the ring, and directly if it is full. */
static void announce(const struct page_table *directory, gva_t at)
{
	u64 entry = page_lookup(directory, at);

	if (in_ring == HCALL_RING_SIZE) {
		hcall_set_pte(gpa_of(directory), at, entry);
		in_ring = 0;
		return;
	}
	hypercall_async(HCALL_SET_PTE, gpa_of(directory), at, (u32)entry, (u32)(entry >> 32));
	in_ring++;
}

static void empty_ring(void)
{
	hcall_flush_async();
	in_ring = 0;
}

/* The ring's next slot is so many slots further. */
static void skip_slots(u32 count)
{
	for (u32 i = 0; i < count; i++)
		hypercall_async(HCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	empty_ring();
}

/* -- Registers -------------------------------------------------------------------------------- */

static const u8 pattern[32] = "both registers, and all of each";
static u8 found[32];
static bool has_fpu, has_sse;

static void load_registers(void)
{
	if (has_sse)
		__asm__ volatile("movups (%0), %%xmm0; movups 16(%0), %%xmm1" : : "r"(pattern));
}

static bool are_registers_kept(void)
{
	if (!has_sse)
		return true;
	__asm__ volatile("movups %%xmm0, (%0); movups %%xmm1, 16(%0)" : : "r"(found) : "memory");
	return !memcmp(found, pattern, sizeof(found));
}

/* -- A fork ----------------------------------------------------------------------------------- */

static struct page_table *parent, *child;

static u32 *pages[2][PAGES];

static u32 number_of(u32 set, u32 page)
{
	return 1000 * (set + 1) + page;
}

/* The parent's pages are those of this set. It can write to them, and has. */
static void give_pages(u32 set)
{
	for (u32 i = 0; i < PAGES; i++) {
		if (!pages[set][i])
			pages[set][i] = page_with(number_of(set, i));
		page_map(parent, address_of(i), gpa_of(pages[set][i]), PTE_WRITE | PTE_MARKS);
		try_write(address_of(i) + 4, 1);
	}
}

static void fork_page(u32 page)
{
	const gva_t at = address_of(page);

	page_set_quietly(parent, at, page_lookup(parent, at) & ~(pte_t)PTE_WRITE);
	page_set_quietly(child, at, page_lookup(parent, at));
	announce(parent, at);
	announce(child, at);
}

static void fork_pages(void)
{
	load_registers();
	for (u32 i = 0; i < PAGES; i++)
		fork_page(i);
	empty_ring();
}

static void is_read_only(const char *who, u32 set)
{
	u32 right = 0, refused = 0;

	for (u32 i = 0; i < PAGES; i++) {
		struct outcome read = try_read(address_of(i)), write = try_write(address_of(i), 0);

		right += !read.trapped && read.value == number_of(set, i);
		refused += write.trapped && write.vector == VECTOR_PF && write.error == 3;
	}
	is_equal(right, PAGES, "%s can read each page", who);
	is_equal(refused, PAGES, "%s can write to no page", who);
}

static void begin(void)
{
	parent = directory_new();
	child = directory_new();
	directory_switch(parent);
	page_set_quietly(child, address_of(0), 0); /* page tables */
	page_set_quietly(child, address_of(PAGES - 1), 0);
	give_pages(0);
}

static void check_both(u32 set)
{
	is_read_only("the parent", set);
	directory_switch(child);
	is_read_only("the child", set);
	directory_switch(parent);
}

static void test_fork(u32 slots)
{
	begin();
	skip_slots(slots);
	fork_pages();
	ok(are_registers_kept(), "registers after a fork %u slots further", slots);
	check_both(0);
	give_pages(1);
	fork_pages();
	check_both(1);
}

static u32 use_x87(u32 unused)
{
	__asm__ volatile("fnop");
	return unused;
}

static void test_with_ts(void)
{
	begin();
	load_registers();
	hcall_ts(true);
	for (u32 i = 0; i < PAGES; i++)
		fork_page(i);
	empty_ring();
	if (has_fpu)
		is_trap(try_call(use_x87, 0), VECTOR_NM, 0, "TS is still set");
	else
		skip("no FPU");
	hcall_ts(false);
	ok(are_registers_kept(), "registers after a fork with TS set");
	check_both(0);
}

/* -- Other rings ------------------------------------------------------------------------------ */

static void test_direct_call_behind_few(void)
{
	const gva_t last = address_of(PAGES - 1);

	begin();
	for (u32 i = 0; i + 1 < PAGES; i++)
		fork_page(i);
	page_set_quietly(child, last, page_lookup(parent, last) & ~(pte_t)PTE_WRITE);
	announce(child, last);
	page_set(parent, last, page_lookup(child, last));
	in_ring = 0;
	check_both(0);
}

/* Of a full ring, the call in the middle is another one. */
static void test_flush_among_them(void)
{
	begin();
	for (u32 i = 0; i < PAGES; i++) {
		if (in_ring == HCALL_RING_SIZE / 2) {
			hypercall_async(HCALL_FLUSH_TLB, 0, 0, 0, 0);
			in_ring++;
		}
		fork_page(i);
	}
	empty_ring();
	check_both(0);
}

const char *guest_main(void)
{
	has_fpu = cpu_has_fpu();
	has_sse = has_fpu && cpuid(1).edx & CPUID_SSE;
	paging_start();
	test_fork(0);
	test_fork(1);
	test_fork(17);
	test_fork(44);
	test_with_ts();
	test_direct_call_behind_few();
	test_flush_among_them();
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A page is writable only if both levels allow it, in ring 1 as in ring 3. It becomes
 * writable when the level that forbade it is changed and announced.
 *
 * Reason: Copy on write depends on this, for the kernel's own writes too (CR0.WP). The hypervisor
 * must neither take DIRTY for a permission nor ignore the directory entry.
 *
 * Method: Each way into the shadow is tried: a page fault, and SET_PTE of an entry that has
 * ACCESSED and DIRTY already.
 *
 * Expect: shut down "tap: 46 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define FORBIDDEN (PF_PRESENT | PF_WRITE)

struct way {
	const char *name;
	bool announced; /* by SET_PTE, with A and D; else filled at the first access */
};

static const struct way ways[] = {{"filled", false}, {"announced", true}};

/* Makes the shadow table of this 4 MB with a page beside the one that matters: SET_PTE has nowhere
 * to put an entry otherwise. */
static gva_t prepare(gva_t area)
{
	page_map_quietly(kernel_directory, area + PAGE_SIZE, gpa_of(page_alloc()),
			 PTE_WRITE | PTE_USER);
	return area;
}

static void map(const struct way *way, gva_t at, u32 flags)
{
	gpa_t page = gpa_of(page_with(1));

	if (way->announced)
		page_map(kernel_directory, at, page, flags | PTE_MARKS);
	else
		page_map_quietly(kernel_directory, at, page, flags);
}

static void expect_read_only(const struct way *way, const char *level, gva_t at)
{
	is_value(try_read(at), 1, "%s, %s read-only: ring 1 reads", way->name, level);
	is_value(ring3_read(at), 1, "read-only: ring 3 reads");
	is_page_fault(try_write(at, 2), FORBIDDEN, at, "read-only: ring 1 does not write");
	is_page_fault(ring3_write(at, 2), FORBIDDEN | PF_USER, at,
		      "read-only: ring 3 does not write");
	is_value(try_read(at), 1, "read-only: nothing was written");
}

static void expect_writable(const char *level, gva_t at)
{
	is_fine(try_write(at, 3), "%s writable and announced: ring 1 writes", level);
	is_fine(ring3_write(at, 4), "writable and announced: ring 3 writes");
}

static void test_page(const struct way *way, gva_t area)
{
	gva_t at = prepare(area);

	try_read(at + PAGE_SIZE);
	map(way, at, PTE_USER);
	expect_read_only(way, "page", at);
	page_set(kernel_directory, at, page_lookup(kernel_directory, at) | PTE_WRITE);
	expect_writable("page", at);
}

static void test_directory(const struct way *way, gva_t area)
{
	gva_t at = prepare(area);
	pte_t entry = *directory_entry(kernel_directory, at);

	directory_set(kernel_directory, at, entry & ~PTE_WRITE);
	try_read(at + PAGE_SIZE);
	map(way, at, PTE_USER | PTE_WRITE);
	expect_read_only(way, "directory", at);
	directory_set(kernel_directory, at, entry);
	expect_writable("directory", at);
}

/* The right is removed when the page was written and its shadow entry is writable. */
static void test_protecting(gva_t at)
{
	pte_t entry = page_lookup(kernel_directory, at);

	page_set(kernel_directory, at, entry & ~PTE_WRITE);
	is_page_fault(try_write(at, 5), FORBIDDEN, at, "page protected again: ring 1 is refused");
	page_set(kernel_directory, at, entry);
	is_fine(try_write(at, 5), "page writable again: ring 1 writes");
	entry = *directory_entry(kernel_directory, at);
	directory_set(kernel_directory, at, entry & ~PTE_WRITE);
	is_page_fault(try_write(at, 6), FORBIDDEN, at,
		      "directory protected again: ring 1 is refused");
	is_page_fault(ring3_write(at, 6), FORBIDDEN | PF_USER, at,
		      "directory protected again: ring 3 is refused");
	is_value(try_read(at), 5, "directory protected again: the old value is there");
}

/* A page that is the kernel's at one level is not for ring 3. */
static void test_kernel_only(const struct way *way, gva_t area, bool in_directory)
{
	gva_t at = prepare(area);
	pte_t entry = *directory_entry(kernel_directory, at);

	if (in_directory)
		directory_set(kernel_directory, at, entry & ~PTE_USER);
	try_read(at + PAGE_SIZE);
	map(way, at, PTE_WRITE | (in_directory ? PTE_USER : 0));
	is_fine(try_write(at, 7), "%s, kernel's: ring 1 writes", way->name);
	is_page_fault(ring3_read(at), PF_PRESENT | PF_USER, at, "ring 3 does not even read");
}

const char *guest_main(void)
{
	gva_t area = AREA;
	u32 i;

	paging_start();
	user_map(kernel_directory);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		test_page(&ways[i], area);
		test_protecting(area);
		test_directory(&ways[i], area + TABLE_SPAN);
		test_kernel_only(&ways[i], area + 2 * TABLE_SPAN, false);
		test_kernel_only(&ways[i], area + 3 * TABLE_SPAN, true);
		area += 4 * TABLE_SPAN;
	}
	done();
}

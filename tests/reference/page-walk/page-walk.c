/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Each combination of flags in page tables, with each kind of access, has the same
 * result in a guest as on the bare machine, and leaves the same ACCESSED and DIRTY bits.
 *
 * Reason: The CPU's own page walk is the reference for the shadow page tables.
 *
 * Method: The same image boots on the bare machine, in rings 0 and 3, and as a guest, in rings 1
 * and 3. tests/system/reference.t compares the output line by line. trial.h has the notation. With
 * `all` on the command line nothing in part 2 is left out; without it, the flags without a meaning
 * for permissions and marks are all set or all clear. With `certify`, a fingerprint of all records
 * is printed instead (certify.h).
 *
 * Parts:
 *	1. Flags
 *	2. One page: all flags of the upper entry by all flags of the last one
 *	3. Announced entries, and entries that change
 *	4. Several accesses in a row, through one table seen in two places
 *	5. Entries that lead to their own table
 *	6. Missing levels, and PAE's top entries
 *
 * Module: mem=4M timeout=120
 * Expect: shut down "page-walk: done"
 */
#include "tests/reference/page-walk/certify.h"
#include "tests/reference/page-walk/trial.h"

#define AREA 0x80000000u
#define BESIDE (AREA + TABLE_SPAN)     /* another table's */
#define WINDOW (AREA + 2 * TABLE_SPAN) /* through which tables are seen as pages */

/*
 * 1. Flags: bit n of a number stands for the n-th flag of a list.
 */
#define UNUSED_FLAGS (PTE_GLOBAL | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH)

static const pte_t all_flags[] = {
    PTE_GLOBAL, PTE_CACHE_DISABLE, PTE_WRITE_THROUGH, PTE_DIRTY,      PTE_ACCESSED,
    PTE_USER,   PTE_WRITE,         PTE_PRESENT,       PTE_NO_EXECUTE,
};
static const pte_t rights[] = {PTE_USER, PTE_WRITE, PTE_NO_EXECUTE};
static const pte_t upper_flags[] = {PTE_USER, PTE_WRITE, PTE_ACCESSED, PTE_PRESENT, PTE_NO_EXECUTE};
static const pte_t rights_and_marks[] = {PTE_USER,  PTE_WRITE,   PTE_ACCESSED,
					 PTE_DIRTY, PTE_PRESENT, PTE_NO_EXECUTE};

/* NO_EXECUTE is the last flag of each list, so that it can be left out. */
static u32 without_nx = 1;

#define NX_CPUID_LEAF 0x80000001u
#define NX_CPUID_EDX (1u << 20)
#define NUMBERS(list) (1u << (ARRAY_SIZE(list) - without_nx))
#define FLAGS(list, number) flags_of(list, ARRAY_SIZE(list), number)

static pte_t flags_of(const pte_t *list, u32 count, u32 number)
{
	pte_t flags = 0;
	u32 i;

	for (i = 0; i < count; i++)
		if (number >> i & 1)
			flags |= list[i];
	return flags;
}

/* As one number of at most 13 bits, for headings. */
static u32 printed(pte_t flags)
{
	return (u32)flags | (flags & PTE_NO_EXECUTE ? PAGE_SIZE : 0);
}

static struct page_table *table;
static u32 *page;

static volatile pte_t *upper_entry(gva_t at)
{
	return directory_entry(kernel_directory, at);
}

static void set_upper(gva_t at, pte_t flags)
{
	directory_set(kernel_directory, at, gpa_of(table) | flags);
}

static volatile pte_t *leaf_entry(gva_t at)
{
	return &table->entry[table_index(at)];
}

static void set_leaf(gva_t at, pte_t flags)
{
	*leaf_entry(at) = gpa_of(page) | flags;
}

/* Begins a trial that compares the entries for `at`. The caller has announced the upper entry by
 * set_upper, so no earlier entry for `at` is in the shadow. */
static void watch(gva_t at)
{
	trial_begin(page);
	trial_watch(upper_entry(at));
	trial_watch(leaf_entry(at));
}

/*
 * 2. One page.
 */
static void one_page(u32 access, pte_t upper, pte_t leaf)
{
	set_leaf(AREA, leaf);
	set_upper(AREA, upper);
	watch(AREA);
	trial_access(access, AREA);
	trial_end();
}

/* Of the flags that mean nothing there, all or none. */
static bool is_typical(pte_t flags, pte_t unused)
{
	return !(flags & unused) || (flags & unused) == unused;
}

static void every_leaf(u32 access, pte_t upper)
{
	bool all = boot_option("all");
	pte_t leaf;
	u32 i;

	record_begin("page %x %s", printed(upper), access_names[access]);
	for (i = 0; i < NUMBERS(all_flags); i++) {
		leaf = FLAGS(all_flags, i);
		if (all || is_typical(leaf, UNUSED_FLAGS))
			one_page(access, upper, leaf);
	}
	record_end();
}

static void every_page(void)
{
	bool all = boot_option("all");
	u32 i, access;
	pte_t upper;

	for (i = 0; i < NUMBERS(all_flags); i++) {
		upper = FLAGS(all_flags, i);
		if (!all && !is_typical(upper, UNUSED_FLAGS | PTE_DIRTY))
			continue;
		for (access = 0; access < ACCESSES; access++)
			every_leaf(access, upper);
	}
}

/*
 * 3. Announced entries, and entries that change.
 */
/* The two hypercalls that announce a changed entry. */
static void set_announced(pte_t flags)
{
	page_set(kernel_directory, AREA, gpa_of(page) | flags);
}

static void set_and_flush(pte_t flags)
{
	page_set_quietly(kernel_directory, AREA, gpa_of(page) | flags);
	hcall_flush_tlb_user();
}

static void change(u32 access, pte_t from, pte_t to, void (*set)(pte_t flags))
{
	set_leaf(AREA, from);
	set_upper(AREA, PTE_PRESENT | PTE_WRITE | PTE_USER);
	trial_begin(page);
	trial_access(access, AREA);
	set(to);
	trial_watch(upper_entry(AREA));
	trial_watch(leaf_entry(AREA));
	trial_access(access, AREA);
	trial_end();
}

static void every_change(const char *how, void (*set)(pte_t flags))
{
	u32 from, to, access;

	for (from = 0; from < NUMBERS(rights_and_marks); from++)
		for (access = 0; access < ACCESSES; access++) {
			record_begin("%s %x %s", how, printed(FLAGS(rights_and_marks, from)),
				     access_names[access]);
			for (to = 0; to < NUMBERS(rights_and_marks); to++)
				change(access, FLAGS(rights_and_marks, from),
				       FLAGS(rights_and_marks, to), set);
			record_end();
		}
}

static void change_upper(u32 access, pte_t from, pte_t to)
{
	set_leaf(AREA, PTE_PRESENT | PTE_WRITE | PTE_USER);
	set_upper(AREA, from);
	trial_begin(page);
	trial_access(access, AREA);
	set_upper(AREA, to);
	trial_watch(upper_entry(AREA));
	trial_watch(leaf_entry(AREA));
	trial_access(access, AREA);
	trial_end();
}

static void every_upper_change(void)
{
	u32 from, to, access;

	for (from = 0; from < NUMBERS(upper_flags); from++) {
		record_begin("upper change %x", printed(FLAGS(upper_flags, from)));
		for (access = 0; access < ACCESSES; access++)
			for (to = 0; to < NUMBERS(upper_flags); to++)
				change_upper(access, FLAGS(upper_flags, from),
					     FLAGS(upper_flags, to));
		record_end();
	}
}

/*
 * 4. Two accesses in a row, with nothing announced in between: at one address, and at two that
 * share their table.
 */
static void two_accesses(gva_t second, u32 first_access, u32 second_access)
{
	trial_begin(page);
	trial_watch(upper_entry(AREA));
	trial_watch(upper_entry(second));
	trial_watch(leaf_entry(AREA));
	trial_access(first_access, AREA);
	trial_access(second_access, second);
	trial_end();
}

static void every_pair(gva_t second, u32 upper, u32 second_upper)
{
	u32 leaf, first_access, second_access;

	record_begin("pair at %x %x %x", second, printed(FLAGS(rights, upper)),
		     printed(FLAGS(rights, second_upper)));
	for (leaf = 0; leaf < NUMBERS(rights); leaf++)
		for (first_access = 0; first_access < ACCESSES; first_access++)
			for (second_access = 0; second_access < ACCESSES; second_access++) {
				set_leaf(AREA, FLAGS(rights, leaf) | PTE_PRESENT);
				set_upper(AREA, FLAGS(rights, upper) | PTE_PRESENT);
				set_upper(second, FLAGS(rights, second_upper) | PTE_PRESENT);
				two_accesses(second, first_access, second_access);
			}
	record_end();
}

static void every_shared_table(void)
{
	u32 upper, second;

	for (upper = 0; upper < NUMBERS(rights); upper++) {
		every_pair(AREA, upper, upper);
		for (second = 0; second < NUMBERS(rights); second++)
			every_pair(BESIDE, upper, second);
	}
}

/*
 * 5. Entries that lead to the table they stand in: through WINDOW, that table is a page table, and
 * its entries are also those of pages. The page of the entry for `at` is the table behind `at`;
 * that of WINDOW's own entry is the table it stands in.
 */
static void *upper_table(void)
{
	return (void *)((u32)upper_entry(WINDOW) & ~PAGE_OFFSET_MASK);
}

static gva_t window_address(gva_t at)
{
	return WINDOW + directory_index(at) % TABLE_ENTRIES * PAGE_SIZE;
}

static void open_window(pte_t flags)
{
	directory_set(kernel_directory, WINDOW, gpa_of(upper_table()) | flags);
}

static void every_table_as_page(u32 window, u32 access)
{
	u32 flags;

	record_begin("table %x %s", printed(FLAGS(upper_flags, window)), access_names[access]);
	for (flags = 0; flags < NUMBERS(rights_and_marks); flags++) {
		set_upper(AREA, FLAGS(rights_and_marks, flags));
		open_window(FLAGS(upper_flags, window));
		trial_begin(table);
		trial_watch(upper_entry(WINDOW));
		trial_watch(upper_entry(AREA));
		trial_access(access, window_address(AREA));
		trial_end();
	}
	record_end();
}

static void window_in_itself(u32 window)
{
	u32 access;

	record_begin("itself %x", printed(FLAGS(rights_and_marks, window)));
	for (access = 0; access < ACCESSES; access++) {
		open_window(FLAGS(rights_and_marks, window));
		trial_begin(upper_table());
		trial_watch(upper_entry(WINDOW));
		trial_access(access, window_address(WINDOW));
		trial_end();
	}
	record_end();
}

static void every_recursion(void)
{
	u32 window, access;

	page_equip(table);
	page_equip(upper_table());
	for (window = 0; window < NUMBERS(upper_flags); window++) {
		for (access = 0; access < ACCESSES; access++)
			every_table_as_page(window, access);
	}
	for (window = 0; window < NUMBERS(rights_and_marks); window++)
		window_in_itself(window);
	open_window(0);
}

/*
 * 6. PAE's top entries: present or not, with all the flags they may have. (A two-level directory's
 * are in part 2.)
 */
#define PTE_SOFTWARE(n) (0x200 << (n)) /* three bits that the CPU ignores */

static const pte_t top_flags[] = {
    PTE_PRESENT,     PTE_WRITE_THROUGH, PTE_CACHE_DISABLE,
    PTE_SOFTWARE(0), PTE_SOFTWARE(1),   PTE_SOFTWARE(2),
};

static void set_top(pte_t flags)
{
	volatile pte_t *entry = &kernel_directory->entry[AREA >> TOP_SPAN_SHIFT];

	*entry = pte_address(*entry) | flags;
	hcall_set_pgd(gpa_of(kernel_directory), AREA >> TOP_SPAN_SHIFT);
}

static void every_top_entry(void)
{
	const pte_t below = PTE_PRESENT | PTE_WRITE | PTE_USER;
	pte_t flags;
	u32 access, top;

	for (top = 0; top < 1u << ARRAY_SIZE(top_flags); top++) {
		flags = FLAGS(top_flags, top);
		record_begin("top %x", printed(flags));
		for (access = 0; access < ACCESSES; access++) {
			set_top(PTE_PRESENT);
			set_leaf(AREA, below);
			set_upper(AREA, below);
			watch(AREA);
			set_top(flags);
			trial_access(access, AREA);
			trial_end();
			set_top(PTE_PRESENT);
		}
		record_end();
	}
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	without_nx = !GUEST_PAE || !(cpuid(NX_CPUID_LEAF).edx & NX_CPUID_EDX);
	if (boot_option("certify"))
		certify_begin(GUEST_PAE, !without_nx);
	else
		printf("page-walk: PAE %u, NX %u\n", GUEST_PAE, !without_nx);
	table = page_alloc();
	page = page_alloc();
	page_equip(page);
	every_page();
	every_change("announced", set_announced);
	every_change("flushed", set_and_flush);
	every_upper_change();
	every_shared_table();
	set_upper(BESIDE, 0);
	every_recursion();
	if (GUEST_PAE)
		every_top_entry();
	if (certify_is_on())
		certify_report();
	return "page-walk: done";
}

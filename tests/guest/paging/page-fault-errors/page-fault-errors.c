/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The error code and cr2 of a page fault follow from the guest's own page tables, for
 * each combination of both levels, ring and kind of access.
 *
 * Reason: A kernel decides by the error code between an error, a demand for a page, and a copy. The
 * hardware's code describes the shadow tables, where a mapped page may still be absent. P is set
 * only if both levels are present (Intel SDM 3, 4.7).
 *
 * Method: Each access is made twice: as the first one to its page, and after all the others.
 *
 * Expect: shut down "tap: 33 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define CPUID_EXTENDED 0x80000000u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_NX (1u << 20) /* edx */
#define OFFSET 0x124u       /* of the bytes in the page: cr2 is exact */

struct entry {
	const char *name;
	u32 flags;
};

static const struct entry entries[] = {
    {"absent", 0},
    {"kernel r", PTE_PRESENT},
    {"kernel rw", PTE_PRESENT | PTE_WRITE},
    {"user r", PTE_PRESENT | PTE_USER},
    {"user rw", PTE_PRESENT | PTE_WRITE | PTE_USER},
};

/* The kinds of access; each has its own page. */
static const u32 accesses[] = {0, PF_WRITE, PF_USER, PF_WRITE | PF_USER};

static struct outcome access(u32 kind, gva_t at)
{
	if (kind & PF_USER)
		return kind & PF_WRITE ? ring3_write(at, 0) : ring3_read(at);
	return kind & PF_WRITE ? try_write(at, 0) : try_read(at);
}

/* The SDM's rules, with CR0.WP set: a write needs W in both levels, ring 3 needs U in both. */
static bool is_allowed(u32 both, u32 kind)
{
	return (both & PTE_PRESENT) && !(kind & PF_WRITE & ~both) && !(kind & PF_USER & ~both);
}

static bool is_right(struct outcome outcome, u32 both, u32 kind, gva_t at)
{
	u32 error = kind | (both & PTE_PRESENT ? PF_PRESENT : 0);

	if (is_allowed(both, kind))
		return !outcome.trapped;
	return outcome.trapped && outcome.vector == VECTOR_PF && outcome.error == error &&
	       outcome.cr2 == at;
}

static bool check_round(gva_t area, u32 both, u32 shift)
{
	bool right = true;
	u32 i, kind;
	gva_t at;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		kind = accesses[(i + shift) % ARRAY_SIZE(accesses)];
		at = area + i * PAGE_SIZE + OFFSET;
		struct outcome outcome = access(kind, at);

		if (is_right(outcome, both, kind, at))
			continue;
		note("access %x to page %u in round %u: %s", kind, i, shift,
		     outcome_text(&outcome));
		right = false;
	}
	return right;
}

static void check_combination(const struct entry *upper, const struct entry *lower, gva_t area)
{
	bool right = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		page_set_quietly(kernel_directory, area + i * PAGE_SIZE,
				 gpa_of(page_alloc()) | lower->flags);
	directory_set_quietly(kernel_directory, area,
			      gpa_of(table_of(kernel_directory, area)) | upper->flags);
	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		right &= check_round(area, upper->flags & lower->flags, i);
	ok(right, "directory entry %s, table entry %s", upper->name, lower->name);
}

static void check_combinations(void)
{
	gva_t area = AREA;
	u32 upper, lower;

	for (upper = 0; upper < ARRAY_SIZE(entries); upper++) {
		for (lower = 0; lower < ARRAY_SIZE(entries); lower++) {
			check_combination(&entries[upper], &entries[lower], area);
			area += TABLE_SPAN;
		}
	}
}

/* Only PAE has a no-execute bit, and then the error code tells a fetch (Intel SDM 3, 4.7). */
static u32 fetch_bit(void)
{
	bool has_leaf = cpuid(CPUID_EXTENDED).eax >= CPUID_EXTENDED_FEATURES;

	return GUEST_PAE && has_leaf && (cpuid(CPUID_EXTENDED_FEATURES).edx & CPUID_NX) ? PF_FETCH
											: 0;
}

/* `area` has one page that is there, between two that are not. */
static void check_addresses(gva_t area)
{
	gva_t there = area + PAGE_SIZE, end = there + PAGE_SIZE;
	u32 fetch = fetch_bit();

	page_map_quietly(kernel_directory, there, gpa_of(page_alloc()), PTE_WRITE);
	is_page_fault(try_read(there - 2), 0, there - 2, "across into the page: cr2 is the start");
	is_page_fault(try_read(end - 2), 0, end, "across out of it: cr2 is the next page");
	is_page_fault(try_write(end - 1, 0), PF_WRITE, end,
		      "a write across out of it: cr2 is the next page");
	is_page_fault(try_execute(end), fetch, end, "a fetch counts as a read, or as such with NX");
	is_page_fault(ring3_execute(there), PF_PRESENT | PF_USER | fetch, there,
		      "across into the page from ring 3");
	is_page_fault(try_read(end + PAGE_SIZE - 1), 0, end + PAGE_SIZE - 1,
		      "the last byte of an absent page");
	lguest_data.cr2 = 0;
	is_fine(try_write(there + 8, 0), "a page that is mapped is filled");
	is_equal(lguest_data.cr2, 0, "a filled page fault does not change cr2");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	check_combinations();
	check_addresses(AREA + 32 * TABLE_SPAN);
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Each access sets ACCESSED, and each first write sets DIRTY, in the guest's entries of
 * both levels, from ring 1 and from ring 3. A read never sets DIRTY.
 *
 * Reason: A kernel chooses by ACCESSED which page to evict, and by DIRTY whether to write it back.
 * A missing bit loses data.
 *
 * Method: Entries are made without a hypercall, because an absent entry is not cached. After each
 * access the guest reads its own tables (Intel SDM 3, 4.8).
 *
 * Expect: shut down "tap: 34 passed"
 */
#include "guest/include/kit.h"

#define RING1_AREA 0x20000000u /* a directory entry of its own each */
#define RING3_AREA 0x24000000u
#define FLAGS_AREA 0x28000000u
#define RET 0xC3u

/* PWT, PCD, G and the three bits for software: the hypervisor accepts and keeps them. */
#define OTHER_FLAGS (PTE_WRITE_THROUGH | PTE_CACHE_DISABLE | PTE_GLOBAL | 0xE00)

static u32 marks(gva_t at)
{
	return page_lookup(kernel_directory, at) & PTE_MARKS;
}

static u32 directory_marks(gva_t at)
{
	return *directory_entry(kernel_directory, at) & PTE_MARKS;
}

static gva_t map_fresh(gva_t at, u32 flags, u32 first_word)
{
	page_map_quietly(kernel_directory, at, gpa_of(page_with(first_word)), flags);
	return at;
}

struct ring {
	const char *name;
	struct outcome (*read)(u32 address);
	struct outcome (*write)(u32 address, u32 value);
	struct outcome (*execute)(u32 address);
	u32 fault; /* added to the error code of its page faults */
};

static const struct ring ring1 = {"ring 1", try_read, try_write, try_execute, 0};
static const struct ring ring3 = {"ring 3", ring3_read, ring3_write, ring3_execute, PF_USER};

static void test_read_then_write(const struct ring *ring, gva_t area)
{
	gva_t at = map_fresh(area, PTE_WRITE | PTE_USER, 1);

	is_equal(directory_marks(at) | marks(at), 0, "%s: nothing is marked yet", ring->name);
	is_value(ring->read(at), 1, "%s: the page is there at its first read", ring->name);
	is_equal(marks(at), PTE_ACCESSED, "a read sets A, not D");
	is_equal(directory_marks(at), PTE_ACCESSED, "a read sets A in the directory");
	is_fine(ring->write(at, 2), "%s: the first write goes through", ring->name);
	is_equal(marks(at), PTE_MARKS, "the first write sets D");
	is_equal(directory_marks(at), PTE_ACCESSED,
		 "the first write does not set D in the directory");
	is_value(ring->read(at), 2, "%s: what was written is there", ring->name);
}

static void test_other_firsts(const struct ring *ring, gva_t area)
{
	gva_t at = map_fresh(area + PAGE_SIZE, PTE_WRITE | PTE_USER, 0);

	ring->write(at, 3);
	is_equal(marks(at), PTE_MARKS, "%s: a first access that writes sets both", ring->name);
	at = map_fresh(area + 2 * PAGE_SIZE, PTE_WRITE | PTE_USER, RET);
	ring->execute(at);
	is_equal(marks(at), PTE_ACCESSED, "%s: executing sets A", ring->name);
	at = map_fresh(area + 3 * PAGE_SIZE, PTE_USER, 0);
	ring->read(at);
	is_page_fault(ring->write(at, 1), PF_PRESENT | PF_WRITE | ring->fault, at,
		      "%s: a read-only page is not written", ring->name);
	is_equal(marks(at), PTE_ACCESSED, "a refused write sets no D");
	is_equal(page_lookup(kernel_directory, at) & PTE_FLAGS,
		 PTE_PRESENT | PTE_USER | PTE_ACCESSED,
		 "a refused write leaves the directory's rights");
}

static void test_both_pages(void)
{
	gva_t first = map_fresh(RING1_AREA + 8 * PAGE_SIZE, PTE_WRITE, 0);
	gva_t second = map_fresh(first + PAGE_SIZE, PTE_WRITE, 0);

	is_fine(try_write(second - 2, ~0u), "a write across two pages");
	is_equal(marks(first) & marks(second), PTE_MARKS, "a write across two pages marks both");
}

static void test_other_flags(void)
{
	gva_t at = map_fresh(FLAGS_AREA, PTE_WRITE | OTHER_FLAGS, 4);
	volatile pte_t *upper_entry = directory_entry(kernel_directory, at);
	pte_t before = page_lookup(kernel_directory, at), directory_before;

	*upper_entry |= OTHER_FLAGS;
	directory_before = *upper_entry;
	is_value(try_read(at), 4, "a page with every flag that a guest may use");
	try_write(at, 5);
	is_equal(page_lookup(kernel_directory, at), before | PTE_MARKS,
		 "the hypervisor's marks keep all flags of the entry");
	is_equal(*upper_entry, directory_before | PTE_ACCESSED,
		 "the hypervisor's marks keep all flags of the directory's entry");
}

/* Clears A and flushes, as a kernel does to learn whether a page is still in use. */
static void test_taken_away(void)
{
	gva_t at = map_fresh(RING1_AREA + 16 * PAGE_SIZE, PTE_WRITE, 6);

	try_write(at, 7);
	page_set(kernel_directory, at, page_lookup(kernel_directory, at) & ~PTE_MARKS);
	is_value(try_read(at), 7, "marks that were taken away, and announced");
	is_equal(marks(at), PTE_ACCESSED, "come back: A with a read");
	try_write(at, 8);
	is_equal(marks(at), PTE_MARKS, "come back: D with a write");
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	test_read_then_write(&ring1, RING1_AREA);
	test_read_then_write(&ring3, RING3_AREA);
	test_other_firsts(&ring1, RING1_AREA);
	test_other_firsts(&ring3, RING3_AREA);
	test_both_pages();
	test_other_flags();
	test_taken_away();
	done();
}

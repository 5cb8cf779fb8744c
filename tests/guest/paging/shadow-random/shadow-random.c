/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Each access reads, writes or faults exactly as the guest's tables say, and sets
 * ACCESSED and DIRTY in them, after random changes and announcements.
 *
 * Reason: The other images test cases that their author thought of.
 *
 * Method: Random changes of directories (one may contain itself) and tables, each with its
 * hypercall; switches between more directories than are cached; flushes; accesses from both rings,
 * with little shadow memory. A walk of the guest's own tables gives the expected result.
 * kernel_address is no multiple of 4 MB. `-- seed=N` gives another sequence, `rounds=N` a longer one.
 *
 * Module: mem=4M shadow=160K timeout=120
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define DIRECTORIES 40
#define TABLES 24
#define PAGES 64
#define ROUNDS 50
#define CHANGES 60 /* a round */
#define CHECKS 12  /* a round */
#define SIGN 20    /* rounds between signs of life: the runner takes a long silence for a hang */
#define BAD_MAX 5
#define KERNEL_ADDRESS 0xC0100000u
#define FIRST_KERNEL_SLOT (KERNEL_ADDRESS >> TABLE_SPAN_SHIFT)
#define WORD_WRITTEN 8 /* where in a page */

const u32 guest_options = GUEST_NO_INIT;

static struct page_table *directories[DIRECTORIES], *tables[TABLES], *current;
static u32 *pages[PAGES];
static u32 seed = 1, bad, checks;

static u32 any(u32 below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static gva_t any_address(void)
{
	static const u16 slots[] = {8, 9, 10, 127, 128, 512, 767, 768, 769, 1000, 1022};
	static const u16 entries[] = {0, 1, 2, 3, 511, 1022, 1023};

	return (u32)slots[any(ARRAY_SIZE(slots))] << TABLE_SPAN_SHIFT |
	       (u32)entries[any(ARRAY_SIZE(entries))] << PAGE_SHIFT;
}

/* Mostly present; every flag that a guest may use. */
static u32 any_flags(void)
{
	const u32 usable = PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_CACHE_DISABLE |
			   PTE_MARKS | PTE_GLOBAL | PTE_COPY_ON_WRITE;

	return (seed * 2654435761u & usable) | (any(8) ? PTE_PRESENT : 0);
}

static bool is_one_of(gpa_t address, void *const *list, u32 count)
{
	while (count--)
		if (address == gpa_of(list[count]))
			return true;
	return false;
}

/* A page that may be written: neither a directory nor a table. */
static bool is_page(pte_t entry)
{
	return is_one_of(pte_address(entry), (void *const *)pages, PAGES);
}

static pte_t lookup(gva_t at, u32 needed, u32 *error)
{
	pte_t upper = current->entry[directory_index(at)], entry;

	*error = needed;
	if (!(upper & PTE_PRESENT))
		return 0;
	entry = ((struct page_table *)gpa_pointer(pte_address(upper)))->entry[table_index(at)];
	if (!(entry & PTE_PRESENT))
		return 0;
	*error |= PF_PRESENT;
	return needed & ~(entry & upper) ? 0 : entry;
}

static void complain(gva_t at, u32 needed, const char *expected, const struct outcome *outcome)
{
	note("%#x, access %#x: expected %s, got %s", at, needed, expected, outcome_text(outcome));
	bad++;
}

static struct outcome try_access(gva_t at, bool user, bool write)
{
	if (write)
		return user ? ring3_write(at + WORD_WRITTEN, seed)
			    : try_write(at + WORD_WRITTEN, seed);
	return user ? ring3_read(at) : try_read(at);
}

static void check_marks(gva_t at, u32 needed)
{
	u32 marks = needed & PTE_WRITE ? PTE_MARKS : PTE_ACCESSED, error;
	pte_t entry = lookup(at, needed, &error);

	if ((entry & marks) == marks)
		return;
	note("%#x, access %#x: marks of %#x", at, needed, entry);
	bad++;
}

/* One access, as the tables say now. */
static void check(gva_t at)
{
	bool user = any(2), write = any(2);
	u32 needed = (user ? PTE_USER : 0) | (write ? PTE_WRITE : 0), error;
	pte_t entry = lookup(at, needed, &error);
	struct outcome outcome;

	if (write && entry && !is_page(entry))
		return;
	outcome = try_access(at, user, write);
	checks++;
	if (!entry) {
		if (!outcome.trapped || outcome.vector != VECTOR_PF || outcome.error != error)
			complain(at, needed, "a page fault", &outcome);
		return;
	}
	/* The word may itself be an entry that has just got A or D. */
	if (outcome.trapped ||
	    (!write && (outcome.value ^ *(u32 *)gpa_pointer(pte_address(entry))) & ~PTE_MARKS))
		complain(at, needed, "no trap and the page's word", &outcome);
	else
		check_marks(at, needed);
}

static void change_directory(struct page_table *directory, gva_t at)
{
	u32 slot = directory_index(at), i;
	bool itself = any(40) == 0;
	pte_t entry = gpa_of(itself ? directory : tables[any(TABLES)]) | any_flags();

	directory->entry[slot] = entry;
	for (i = 0; slot >= FIRST_KERNEL_SLOT && i < DIRECTORIES; i++)
		directories[i]->entry[slot] = entry;
	/* Where only a part of 4 MB is the kernel's, directories have different tables. */
	for (i = 0; slot == FIRST_KERNEL_SLOT && i < DIRECTORIES; i++)
		hypercall_async(HCALL_SET_PGD, gpa_of(directories[i]), slot, 0, 0);
	hypercall_async(HCALL_SET_PGD, gpa_of(directory), slot, 0, 0);
	hcall_flush_async();
	if (directory == current || slot >= FIRST_KERNEL_SLOT)
		check(at);
}

static void change_table(struct page_table *directory, gva_t at)
{
	pte_t upper = directory->entry[directory_index(at)];
	pte_t entry = gpa_of(pages[any(PAGES)]) | any_flags();
	struct page_table *table = gpa_pointer(pte_address(upper));

	if (!(upper & PTE_PRESENT) ||
	    is_one_of(gpa_of(table), (void *const *)directories, DIRECTORIES))
		return;
	table->entry[table_index(at)] = entry;
	hypercall_async(HCALL_SET_PTE, gpa_of(directory), at, entry, 0);
	if (any(2) && directory != current && at < KERNEL_ADDRESS)
		return; /* stays in the ring */
	hcall_flush_async();
	if (directory == current || at >= KERNEL_ADDRESS)
		check(at);
}

static void switch_to(struct page_table *directory)
{
	current = directory;
	directory_switch(directory);
}

static void change_something(void)
{
	struct page_table *directory = any(2) ? current : directories[any(DIRECTORIES)];
	gva_t at = any_address();

	switch (any(8)) {
	case 0:
		change_directory(directory, at);
		break;
	case 1:
	case 2:
	case 3:
		change_table(directory, at);
		break;
	case 4:
		switch_to(directories[any(DIRECTORIES)]);
		break;
	case 5:
		hcall_flush_tlb_user();
		if (directory_index(at) < FIRST_KERNEL_SLOT)
			check(at);
		break;
	default:
		try_access(at, any(2), false);
	}
}

static void make_tables(void)
{
	u32 i;

	for (i = 0; i < TABLES; i++)
		tables[i] = page_alloc();
	for (i = 0; i < PAGES; i++)
		pages[i] = page_with(0xABC00000 + i);
	for (i = 0; i < DIRECTORIES; i++) {
		directories[i] = page_alloc();
		memcpy(directories[i], kernel_directory, PAGE_SIZE);
	}
}

const char *guest_main(void)
{
	u32 rounds = boot_option_number("rounds", ROUNDS), round, i;

	lguest_data.kernel_address = KERNEL_ADDRESS;
	hcall_lguest_init(gpa_of(&lguest_data));
	kit_start_traps();
	paging_start();
	user_map(kernel_directory);
	seed = boot_option_number("seed", seed);
	make_tables();
	switch_to(directories[0]);
	for (round = 0; round < rounds && bad < BAD_MAX; round++) {
		if (round % SIGN == 0)
			note("round %u of %u", round, rounds);
		for (i = 0; i < CHANGES; i++)
			change_something();
		hcall_flush_tlb_all();
		for (i = 0; i < CHECKS; i++)
			check(any_address());
	}
	is_equal(bad, 0, "%u accesses in %u rounds are as the tables say", checks, round);
	done();
}

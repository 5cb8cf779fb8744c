// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fast path's walk (hv/fastpath/fast_walk.h) on PAE page tables that are written here: after a walk has left a memo, each
 * word that it has read is changed alone. The random guests of test_shadow seldom change one half of an entry.
 */
#include "tests/unit/native.h"

#include "hv/fastpath/fast_walk.h"
#include "lib/string.h"

#define AT 0x40403123u /* in the second gigabyte: PDE 2, PTE 3 */
#define TOP_GFN 1u
#define PMD_GFN 2u
#define TABLE_GFN 3u
#define MEMORY_FRAMES 64u
#define NX (1u << 31)
#define OK (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

static u32 pages[TABLE_WINDOW_SETS][PAGE_BYTES / sizeof(u32)];
static struct fast_path_state fast;
static struct walk_memo memos[WALK_MEMOS];
static u32 *const pdpte = &pages[FAST_PDPTES][2], *const pde = &pages[FAST_PDES][4],
		  *const pte = &pages[FAST_PTES][6];

const u32 *table_window(u32 window)
{
	return pages[window / TABLE_WINDOWS_IN_SET];
}

static void forget(void)
{
	for (u32 i = 0; i < WALK_MEMOS; i++)
		memos[i].region = NO_REGION;
}

static int start(void **state)
{
	(void)state;
	memset(pages, 0, sizeof(pages));
	memset(fast.gfns, 0xFF, sizeof(fast.gfns));
	fast.guest = (struct fast_path_guest){
	    .top = TOP_GFN * PAGE_BYTES, .pae = 1, .frames = MEMORY_FRAMES, .high_reserved = ~NX};
	fast.gfns[FAST_PDPTES][TOP_GFN] = TOP_GFN;
	fast.gfns[FAST_PDES][PMD_GFN] = PMD_GFN;
	fast.gfns[FAST_PTES][TABLE_GFN] = TABLE_GFN;
	pdpte[0] = PMD_GFN * PAGE_BYTES | PTE_PRESENT;
	pde[0] = TABLE_GFN * PAGE_BYTES | OK;
	forget();
	return 0;
}

static bool refuses(u32 error, u32 present)
{
	u32 found;

	if (!is_refused(&fast, memos, true, AT, &error, &found))
		return false;
	assert_int_equal(found, present);
	return true;
}

#define READ FAULT_USER

/* The walk by the windows refuses; so does the next one, which needs no window. */
static void a_memo_needs_no_window(void **state)
{
	(void)state;
	assert_true(refuses(READ, 0));
	memset(fast.gfns, 0xFF, sizeof(fast.gfns));
	assert_true(refuses(READ, 0));
	forget();
	assert_false(refuses(READ, 0));
}

/* With this word above the last level as it is now, neither walk decides. */
static void assert_undecided(u32 *word, u32 value)
{
	u32 before = *word;

	forget();
	assert_true(refuses(READ, 0));
	*word = value;
	assert_false(refuses(READ, 0));
	forget();
	assert_false(refuses(READ, 0));
	*word = before;
}

static void each_word_above_is_read_again(void **state)
{
	(void)state;
	assert_undecided(&pdpte[0], (PMD_GFN + 1) * PAGE_BYTES | PTE_PRESENT);
	assert_undecided(&pdpte[0], PMD_GFN * PAGE_BYTES);
	assert_undecided(&pdpte[0], PMD_GFN * PAGE_BYTES | PTE_PRESENT | PTE_USER); /* reserved */
	assert_undecided(&pdpte[1], 1);
	assert_undecided(&pdpte[1], NX); /* reserved in this level */
	assert_undecided(&pde[0], (TABLE_GFN + 1) * PAGE_BYTES | OK);
	assert_undecided(&pde[0], TABLE_GFN * PAGE_BYTES | (OK & ~PTE_ACCESSED));
	assert_undecided(&pde[0], TABLE_GFN * PAGE_BYTES | OK | PDE_LARGE);
	assert_undecided(&pde[1], 1);
	assert_undecided(&pde[1], NX | 1);
	assert_undecided(&fast.guest.top, (TOP_GFN + 1) * PAGE_BYTES);
}

static void an_absent_pde_refuses(void **state)
{
	(void)state;
	assert_true(refuses(READ, 0));
	pde[0] = 0;
	assert_true(refuses(READ, 0));
	forget();
	assert_true(refuses(READ, 0));
}

static void no_execute_is_good_where_it_exists(void **state)
{
	(void)state;
	assert_true(refuses(READ, 0));
	pde[1] = NX;
	assert_true(refuses(READ, 0));
	fast.guest.high_reserved = ~0u;
	assert_false(refuses(READ, 0));
}

static void the_last_entry_decides(void **state)
{
	(void)state;
	assert_true(refuses(READ, 0));
	pte[0] = PAGE_BYTES | OK;
	assert_false(refuses(READ | FAULT_WRITE, 0)); /* allowed */
	pte[0] &= ~PTE_WRITE;
	assert_false(refuses(READ, 0));
	assert_true(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
	pte[1] = 1; /* these kill the guest, whatever the rights are */
	assert_false(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
	pte[1] = 0;
	pte[0] |= PTE_PAT;
	assert_false(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
	pte[0] = MEMORY_FRAMES * PAGE_BYTES | (OK & ~PTE_WRITE);
	assert_false(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
}

static void the_pde_takes_rights_away(void **state)
{
	(void)state;
	pte[0] = PAGE_BYTES | OK;
	pde[0] &= ~PTE_WRITE;
	assert_true(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
	assert_true(refuses(READ | FAULT_WRITE, FAULT_PRESENT)); /* by the memo */
	pde[0] |= PTE_WRITE;
	assert_false(refuses(READ | FAULT_WRITE, FAULT_PRESENT));
}

#define WALK_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WALK_TEST(a_memo_needs_no_window), WALK_TEST(each_word_above_is_read_again),
	    WALK_TEST(an_absent_pde_refuses),  WALK_TEST(no_execute_is_good_where_it_exists),
	    WALK_TEST(the_last_entry_decides), WALK_TEST(the_pde_takes_rights_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

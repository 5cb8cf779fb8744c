/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that forges the memos of the fast path's walks gets page faults of its own, and nothing else. With good
 * memos, or none, all is as before.
 *
 * Reason: The fast path keeps memos on the registers page, where a guest's kernel can write, and reads in ring 0 at the
 * addresses in them.
 *
 * Method: For addresses that no one can read, that the guest must not read, and of the guest's own memory: the memo of a page
 * that a process reads says that the entries above the last level are there. Then the process reads, several times.
 *
 * Expect: shut down "tap: 15 passed"
 */
#include "guest/include/kit.h"

#define AREA 0x20000000u
#define ROUNDS 4

/* As in arch/x86/cpu_pages.h, behind two counts. */
struct memo {
	u32 region, top, pdpte, pde, table, pdpte_low, pde_low, unused;
};
#define MEMOS ((volatile struct memo *)(SWITCHER_START + PAGE_SIZE + 2 * sizeof(u32)))
#define MEMO_COUNT 8

static u32 words[PAGE_SIZE / sizeof(u32)] __attribute__((aligned(PAGE_SIZE)));

/* Every memo is one for AREA; only one of them is looked at. */
static void forge(u32 at, u32 contents)
{
	u32 i;

	for (i = 0; i < MEMO_COUNT; i++) {
		MEMOS[i].region = (AREA >> TABLE_SPAN_SHIFT) + 1;
		MEMOS[i].top = gpa_of(kernel_directory);
		MEMOS[i].pdpte = MEMOS[i].pde = MEMOS[i].table = at;
		MEMOS[i].pdpte_low = MEMOS[i].pde_low = contents;
	}
}

/* The page is absent: the process gets a page fault each time, whatever the error code says. */
static void faults(u32 at, u32 contents, const char *name)
{
	u32 i, bad = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct outcome outcome;

		forge(at, contents);
		outcome = ring3_read(AREA);
		bad += !outcome.trapped || outcome.vector != VECTOR_PF || outcome.cr2 != AREA;
	}
	is_equal(bad, 0, "a memo with %s", name);
}

static void right_again(const char *name)
{
	is_trap(ring3_read(AREA), VECTOR_PF, PF_USER, "%s: an absent page", name);
}

const char *guest_main(void)
{
	paging_start();
	user_map(kernel_directory);
	page_set(kernel_directory, AREA, gpa_of(page_with(0)) | PTE_PRESENT | PTE_USER);
	is_equal(ring3_read(AREA).value, 0, "a page");
	page_set(kernel_directory, AREA, 0);
	right_again("before");
	faults(0xDEAD0000u, 0, "addresses that nothing maps");
	faults(0xFFFFFFFFu, 0, "the last byte, and what wraps around");
	faults(0xFFFFFFFCu, 0, "the last word");
	faults(SWITCHER_START + 0x40000u, 0, "addresses of the hypervisor's image");
	faults(SWITCHER_START + 0x100000u, 0, "addresses of the hypervisor's windows");
	faults(SWITCHER_START, 0, "addresses of the Switcher");
	faults(SWITCHER_START + 2 * PAGE_SIZE, 0, "addresses of the state page");
	faults((u32)words, 0, "the guest's own memory");
	words[0] = PTE_PRESENT | PTE_ACCESSED;
	faults((u32)words, words[0], "entries that are made up, and give no right");
	words[0] = PTE_PRESENT | PTE_ACCESSED | PTE_WRITE | PTE_USER;
	faults((u32)words, words[0], "entries that are made up, and give all rights");
	faults((u32)MEMOS, (AREA >> TABLE_SPAN_SHIFT) + 1, "addresses of themselves");
	forge(0xDEAD0000u, 0);
	right_again("after an exit");
	page_set(kernel_directory, AREA, gpa_of(page_with(0)) | PTE_PRESENT | PTE_USER);
	is_equal(ring3_read(AREA).value, 0, "the page again");
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's own tables, as the fast path sees them: through windows, on no other page tables than the
 * guest's. Whether they refuse an access is the same question as in hv/shadow/walk.inc, for the plain cases;
 * that both give one answer, tests/unit/test_shadow checks at each page fault. It is a second walk since
 * the engine's reaches what is in the hypervisor's world only, and sets marks. Included by
 * hv/fastpath/fast_path.c, and for the places of entries by hv/fast_path_state.c.
 *
 *	1. The walk
 *	2. Hypercalls that have nothing to do
 */
#ifndef HV_FAST_WALK_H
#define HV_FAST_WALK_H

#include "abi/lguest.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/paging.h"

/* -- 1. The walk --------------------------------------------------------------------------------- */

#ifdef CONFIG_NATIVE
#define IN_FAST_PATH
const u32 *table_window(u32 window); /* the tests' machine has no page tables of its own */
#else
#define IN_FAST_PATH __attribute__((section(".fast_path")))

static ALWAYS_INLINE const u32 *table_window(u32 window)
{
	return (const u32 *)(TABLE_WINDOWS + window * PAGE_BYTES);
}
#endif

#define GFN(entry) ((entry) >> FRAME_SHIFT)
#define PAE_WORDS 2

/* Where the entry for `at` stands in a table, in words, level by level (SDM vol. 3, 4.3, 4.4). */
static ALWAYS_INLINE u32 top_word(u32 at) /* PAE only */
{
	return (at >> 30) * PAE_WORDS;
}

static ALWAYS_INLINE u32 upper_word(bool pae, u32 at)
{
	return pae ? (at >> 21 & 511) * PAE_WORDS : at >> 22;
}

static ALWAYS_INLINE u32 last_word(bool pae, u32 at)
{
	return pae ? (at >> 12 & 511) * PAE_WORDS : at >> 12 & 1023;
}

/* False: no window shows this table now. */
static ALWAYS_INLINE bool see_table(const struct fast_path_state *fast, u32 set, u32 gfn,
				    const u32 **table)
{
	u32 i = gfn % TABLE_WINDOWS_IN_SET;

	if (fast->gfns[set][i] != gfn)
		return false;
	*table = table_window(set * TABLE_WINDOWS_IN_SET + i);
	return true;
}

/* The PAE entry for `at` above the one that leads to a page table. */
static ALWAYS_INLINE bool read_top(const struct fast_path_state *fast, u32 at, u32 *middle)
{
	const u32 *entry;

	if (!see_table(fast, FAST_PDPTES, GFN(fast->top), &entry))
		return false;
	entry += fast->top % PAGE_BYTES / sizeof(u32) + top_word(at);
	*middle = entry[0];
	return (entry[0] & (PTE_PRESENT | PAE_TOP_RESERVED)) == PTE_PRESENT && !entry[1];
}

/* The entry that leads to the page table for `at`; if present, with no other high bits than these. */
static ALWAYS_INLINE bool read_upper(const struct fast_path_state *fast, u32 at, u32 high_bits,
				     u32 *upper)
{
	u32 table = fast->top;
	const u32 *entry;

	if (fast->pae && !read_top(fast, at, &table))
		return false;
	if (!see_table(fast, FAST_PDES, GFN(table), &entry))
		return false;
	entry += upper_word(fast->pae, at);
	*upper = entry[0];
	return !(fast->pae && (entry[0] & PTE_PRESENT) && (entry[1] & ~high_bits));
}

static ALWAYS_INLINE bool read_leaf(const struct fast_path_state *fast, u32 at, u32 upper,
				    u64 *leaf)
{
	const u32 *entry;
	u32 high;

	if (!see_table(fast, FAST_PTES, GFN(upper), &entry))
		return false;
	entry += last_word(fast->pae, at);
	high = fast->pae ? entry[1] : 0;
	*leaf = (u64)high << 32 | entry[0];
	return !(entry[0] & PTE_PRESENT) || !(high & ~fast->high_bits);
}

/*
 * True if the guest's tables, as they are now, refuse the access for sure; *error then is as they have
 * it. No mark is set: an upper entry without its ACCESSED is not for us, nor is one with a reserved bit
 * or a page beyond memory, for which the guest has to die.
 */
static ALWAYS_INLINE bool is_refused(const struct fast_path_state *fast, u32 at, u32 *error)
{
	u32 upper, leaf;
	u64 whole;

	*error &= fast->fault_bits & ~FAULT_PRESENT;
	if (at >= SWITCHER_START || !read_upper(fast, at, fast->high_bits, &upper))
		return false;
	if (!(upper & PTE_PRESENT))
		return true;
	if ((upper & (PTE_ACCESSED | PDE_LARGE)) != PTE_ACCESSED ||
	    !read_leaf(fast, at, upper, &whole))
		return false;
	leaf = (u32)whole;
	if (!(leaf & PTE_PRESENT))
		return true;
	if ((leaf & PTE_PAT) || GFN(leaf) >= fast->frames)
		return false;
	/* Rights are the same bits in both. Whether to execute is left to the engine. */
	if (!(*error & (FAULT_WRITE | FAULT_USER) & ~(upper & leaf)))
		return false;
	*error |= FAULT_PRESENT;
	return true;
}

/* -- 2. Hypercalls that have nothing to do ------------------------------------------------------- */

/*
 * True if the page at `at` was announced by the last call of the ring, nothing has come to the hypervisor
 * since, and the guest's tables still have that very entry, below one that takes no right away: then the
 * shadow has it, or nothing. So it is when a kernel flushes what it has just changed.
 */
static ALWAYS_INLINE bool is_as_announced(const struct fast_path_state *fast, u32 at)
{
	const u32 rights = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
	u32 upper;
	u64 leaf;

	return fast->announced_page == (at & ~FRAME_OFFSET_MASK) &&
	       fast->announced_top == fast->top && read_upper(fast, at, 0, &upper) &&
	       (upper & (rights | PDE_LARGE)) == rights && read_leaf(fast, at, upper, &leaf) &&
	       leaf == fast->announced;
}

/* SET_PTE of no page. `mapped` tells whether the running shadow has one at an address. What all address
 * spaces share is not for us. */
static ALWAYS_INLINE bool set_pte_is_noop(const struct fast_path_state *fast, u32 top, u32 at,
					  u32 entry, bool (*mapped)(u32 at))
{
	return top == fast->top && at < fast->user_end && !(entry & PTE_PRESENT) &&
	       (is_as_announced(fast, at) || !mapped(at));
}

#endif

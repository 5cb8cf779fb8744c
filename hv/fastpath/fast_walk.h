/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of the fast path through the guest's own tables, by windows, in the guest's context. It
 * decides the common cases of the same question as hv/shadow/walk.inc: do the tables refuse an
 * access? tests/unit/test_shadow checks at each page fault that both give one answer. The engine's
 * walk cannot be used: it accesses data of the hypervisor's context, and sets A and D. Included by
 * hv/fastpath/fast_path.c, and for the indices of entries by hv/fast_path_state.c.
 *
 *	1. The walk
 *	2. Hypercalls with nothing to do
 */
#ifndef HV_FAST_WALK_H
#define HV_FAST_WALK_H

#include "abi/lguest.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/paging.h"

/* -- 1. The walk ------------------------------------------------------------------------------- */

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

/* The index, in 32-bit words, of the entry for `at` in a table of each level (SDM vol. 3, 4.3,
 * 4.4). */
static ALWAYS_INLINE u32 pdpte_word(u32 at) /* PAE only */
{
	return (at >> 30) * PAE_WORDS;
}

static ALWAYS_INLINE u32 pde_word(bool pae, u32 at)
{
	return pae ? (at >> 21 & 511) * PAE_WORDS : at >> 22;
}

static ALWAYS_INLINE u32 pte_word(bool pae, u32 at)
{
	return pae ? (at >> 12 & 511) * PAE_WORDS : at >> 12 & 1023;
}

/* Sets *table to the window that shows this table. False if no window does. */
static ALWAYS_INLINE bool see_table(const struct fast_path_state *fast, u32 set, u32 gfn,
				    const u32 **table)
{
	u32 i = gfn % TABLE_WINDOWS_IN_SET;

	if (fast->gfns[set][i] != gfn)
		return false;
	*table = table_window(set * TABLE_WINDOWS_IN_SET + i);
	return true;
}

/* *pmd: the low half of the PDPTE for `at`. False if it cannot be seen, or if it is absent or
 * bad. */
static ALWAYS_INLINE bool read_pdpte(const struct fast_path_state *fast, u32 at, u32 *pmd)
{
	const u32 *entry;

	if (!see_table(fast, FAST_PDPTES, GFN(fast->guest.top), &entry))
		return false;
	entry = (const u32 *)((const u8 *)entry + fast->guest.top % PAGE_BYTES) + pdpte_word(at);
	*pmd = entry[0];
	return (entry[0] & (PTE_PRESENT | PAE_TOP_RESERVED)) == PTE_PRESENT && !entry[1];
}

/* *pde: the low half of the PDE for `at`. False if it cannot be seen, or if it is present with one of these bits in
 * its high half. */
static ALWAYS_INLINE bool read_pde(const struct fast_path_state *fast, bool pae, u32 at,
				   u32 high_reserved, u32 *pde)
{
	u32 table = fast->guest.top;
	const u32 *entry;

	if (pae && !read_pdpte(fast, at, &table))
		return false;
	if (!see_table(fast, FAST_PDES, GFN(table), &entry))
		return false;
	entry += pde_word(pae, at);
	*pde = entry[0];
	return !(pae && (entry[0] & PTE_PRESENT) && (entry[1] & high_reserved));
}

static ALWAYS_INLINE bool read_pte(const struct fast_path_state *fast, bool pae, u32 at, u32 pde,
				   u64 *leaf)
{
	const u32 *entry;
	u32 high;

	if (!see_table(fast, FAST_PTES, GFN(pde), &entry))
		return false;
	entry += pte_word(pae, at);
	high = pae ? entry[1] : 0;
	*leaf = (u64)high << 32 | entry[0];
	return !(entry[0] & PTE_PRESENT) || !(high & fast->guest.high_reserved);
}

/*
 * True if the guest's tables, as they are now, certainly refuse the access; *error then is the
 * error code. `pae` is fast->guest.pae, here and below: a constant where the caller has one. No A
 * bit is set: a PDE without A is left to the engine, and so is an entry with a reserved bit or a
 * page beyond memory, for which the guest is killed.
 */
static ALWAYS_INLINE bool is_refused(const struct fast_path_state *fast, bool pae, u32 at,
				     u32 error, u32 *present)
{
	u32 pde, leaf;
	u64 whole;

	*present = 0;
	if (at >= SWITCHER_START || !read_pde(fast, pae, at, fast->guest.high_reserved, &pde))
		return false;
	if (!(pde & PTE_PRESENT))
		return true;
	if ((pde & (PTE_ACCESSED | PDE_LARGE)) != PTE_ACCESSED ||
	    !read_pte(fast, pae, at, pde, &whole))
		return false;
	leaf = (u32)whole;
	if (!(leaf & PTE_PRESENT))
		return true;
	if ((leaf & PTE_PAT) || GFN(leaf) >= fast->guest.frames)
		return false;
	/* The rights are the same bits in error code and entries. No-execute is left to the
	 * engine. */
	if (!(error & (FAULT_WRITE | FAULT_USER) & ~(pde & leaf)))
		return false;
	*present = FAULT_PRESENT;
	return true;
}

/* The error code of a page fault that is_refused has found, from the CPU's own. */
static ALWAYS_INLINE u32 refusal_error(const struct fast_path_state *fast, u32 error, u32 present)
{
	return (error & fast->guest.fault_bits & ~FAULT_PRESENT) | present;
}

/* -- 2. Hypercalls with nothing to do ---------------------------------------------------------- */

/*
 * True if the ring's last call was SET_PTE for the page at `at`, there was no VM exit since, and
 * the guest's tables still have the same PTE, below a PDE that takes no right away: then the shadow
 * is up to date for this page. This is the case when a kernel flushes the page whose entry it has
 * just changed.
 */
static ALWAYS_INLINE bool is_last_set_pte(const struct fast_path_state *fast, u32 at)
{
	const u32 rights = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
	u32 pde;
	u64 leaf;

	return fast->last_set_pte.page == (at & ~FRAME_OFFSET_MASK) &&
	       fast->last_set_pte.top == fast->guest.top &&
	       read_pde(fast, fast->guest.pae, at, ~0u, &pde) &&
	       (pde & (rights | PDE_LARGE)) == rights &&
	       read_pte(fast, fast->guest.pae, at, pde, &leaf) && leaf == fast->last_set_pte.entry;
}

/* True if the last SET_PTEs have left this page without a shadow entry, and there was no VM exit since: a kernel flushes
 * pages whose entries it has just cleared. Nothing but a VM exit makes them present again. The Switcher compares the
 * same (set_absent, arch/x86/switcher.S); this is for the tests. */
static ALWAYS_INLINE bool is_absent_since(const struct fast_path_state *fast, u32 top, u32 at)
{
	return at - fast->absent.from < fast->absent.size && top == fast->guest.top;
}

/* True if SET_PTE of no page has nothing to do, where is_absent_since is false. `mapped` tells whether the current
 * shadow maps a page at an address. Pages that all address spaces share are left to the engine. */
static ALWAYS_INLINE bool set_pte_is_noop(const struct fast_path_state *fast, u32 top, u32 at,
					  bool (*mapped)(u32 at))
{
	return top == fast->guest.top && at < fast->guest.kernel_address &&
	       (is_last_set_pte(fast, at) || !mapped(at));
}

#endif

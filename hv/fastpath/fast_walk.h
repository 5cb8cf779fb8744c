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

/* The number of its PDE in the address space, from 1 up: NO_REGION is none of them. */
static ALWAYS_INLINE u32 region_of(bool pae, u32 at)
{
	return (pae ? at >> 21 : at >> 22) + 1;
}

/* The window that shows this table, or NULL. */
static ALWAYS_INLINE const u32 *see_table(const struct fast_path_state *fast, u32 set, u32 gfn)
{
	u32 i = gfn % TABLE_WINDOWS_IN_SET;

	return fast->gfns[set][i] == gfn ? table_window(set * TABLE_WINDOWS_IN_SET + i) : NULL;
}

/* The PDPTE for `at`. NULL if it cannot be seen, or if it is absent or bad. */
static ALWAYS_INLINE const u32 *see_pdpte(const struct fast_path_state *fast, u32 at)
{
	u32 top = fast->guest.top;
	const u32 *table = see_table(fast, FAST_PDPTES, GFN(top)), *entry;

	if (!table)
		return NULL;
	entry = table + top % PAGE_BYTES / sizeof(u32) + pdpte_word(at);
	return (entry[0] & (PTE_PRESENT | PAE_TOP_RESERVED)) == PTE_PRESENT && !entry[1] ? entry
											 : NULL;
}

enum walk {
	WALK_UNKNOWN,
	WALK_ABSENT, /* the PDE */
	WALK_TABLE,  /* the memo leads to it */
};

/* Walks to the last level's table by the windows, and makes the memo. No A bit is set: a PDE without A is left to the
 * engine, and so is one with a reserved bit. */
static NOINLINE IN_FAST_PATH enum walk make_memo(const struct fast_path_state *fast,
						 struct walk_memo *memo, bool pae, u32 at)
{
	const u32 *pdpte = NULL, *pde, *table;
	u32 top = fast->guest.top;

	if (at >= SWITCHER_START || (pae && !(pdpte = see_pdpte(fast, at))))
		return WALK_UNKNOWN;
	pde = see_table(fast, FAST_PDES, GFN(pae ? pdpte[0] : top));
	if (!pde)
		return WALK_UNKNOWN;
	pde += pde_word(pae, at);
	if (!(pde[0] & PTE_PRESENT))
		return WALK_ABSENT;
	table = see_table(fast, FAST_PTES, GFN(pde[0]));
	if (!table || (pde[0] & (PTE_ACCESSED | PDE_LARGE)) != PTE_ACCESSED ||
	    (pae && (pde[1] & fast->guest.high_reserved)))
		return WALK_UNKNOWN;
	*memo = (struct walk_memo){.region = region_of(pae, at),
				   .top = top,
				   .pdpte = pdpte,
				   .pde = pde,
				   .table = table,
				   .pdpte_low = pae ? pdpte[0] : 0,
				   .pde_low = pde[0]};
	return WALK_TABLE;
}

/* True if the walk for `at` would find what this memo's has found. */
static ALWAYS_INLINE bool is_walk_for(const struct fast_path_state *fast,
				      const struct walk_memo *memo, bool pae, u32 at)
{
	if (memo->region != region_of(pae, at) || memo->top != fast->guest.top)
		return false;
	if (pae && (memo->pdpte[0] != memo->pdpte_low || memo->pdpte[1]))
		return false;
	return memo->pde[0] == memo->pde_low &&
	       !(pae && (memo->pde[1] & fast->guest.high_reserved));
}

/* Walks to the last level's table for `at`. `pae` is fast->guest.pae, here and below: a constant where the caller has
 * one. WALK_TABLE: with *memo. */
static ALWAYS_INLINE enum walk walk_to_table(const struct fast_path_state *fast,
					     struct walk_memo *memos, bool pae, u32 at,
					     struct walk_memo **memo)
{
	*memo = &memos[region_of(pae, at) % WALK_MEMOS];
	return is_walk_for(fast, *memo, pae, at) ? WALK_TABLE : make_memo(fast, *memo, pae, at);
}

/* True if the guest's tables, as they are now, certainly refuse the access; *present is then the P bit of the error
 * code. A page beyond memory, for which the guest is killed, is left to the engine. */
static ALWAYS_INLINE bool is_refused(const struct fast_path_state *fast, struct walk_memo *memos,
				     bool pae, u32 at, const u32 *error, u32 *present)
{
	struct walk_memo *memo;
	enum walk walk = walk_to_table(fast, memos, pae, at, &memo);
	const u32 *leaf;

	*present = 0;
	if (walk != WALK_TABLE)
		return walk == WALK_ABSENT;
	leaf = memo->table + pte_word(pae, at);
	if (!(leaf[0] & PTE_PRESENT))
		return true;
	if ((leaf[0] & PTE_PAT) || GFN(leaf[0]) >= fast->guest.frames ||
	    (pae && (leaf[1] & fast->guest.high_reserved)))
		return false;
	/* The rights are the same bits in error code and entries. No-execute is left to the
	 * engine. */
	if (!(*error & (FAULT_WRITE | FAULT_USER) & ~(memo->pde_low & leaf[0])))
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
static ALWAYS_INLINE bool is_last_set_pte(const struct fast_path_state *fast,
					  struct walk_memo *memos, u32 at)
{
	const u32 rights = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED;
	const bool pae = fast->guest.pae;
	struct walk_memo *memo;
	const u32 *leaf;

	if (fast->last_set_pte.page != (at & ~FRAME_OFFSET_MASK) ||
	    fast->last_set_pte.top != fast->guest.top ||
	    walk_to_table(fast, memos, pae, at, &memo) != WALK_TABLE ||
	    (memo->pde_low & rights) != rights || (pae && memo->pde[1]))
		return false;
	leaf = memo->table + pte_word(pae, at);
	return leaf[0] == (u32)fast->last_set_pte.entry &&
	       (!pae || leaf[1] == (u32)(fast->last_set_pte.entry >> 32));
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
static ALWAYS_INLINE bool set_pte_is_noop(const struct fast_path_state *fast,
					  struct walk_memo *memos, u32 top, u32 at,
					  bool (*mapped)(u32 at))
{
	return top == fast->guest.top && at < fast->guest.kernel_address &&
	       (is_last_set_pte(fast, memos, at) || !mapped(at));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contracts of the shadow engine, the same for each combination of formats: the file that includes
 * this one has chosen both.
 */
#ifndef PROOF_SHADOW_H
#define PROOF_SHADOW_H

/* Contracts have operators that C has not: */
/* clang-format off */

#include "proof/bits.h"
#include "proof/memory.h"
#include "abi/lguest.h"
#include "hv/shadow/shadow.h"

/* -- An sPTE: the frame is the guest's, the rights are at most the guest's -------------------- */

/* No right that the guest's entry lacks, and nothing but rights. */
#define RIGHTS_AMONG(rights, entry)                                                                \
	((HAS(rights, PTE_WRITE) ==> HAS(entry, PTE_WRITE)) &&                                     \
	 (HAS(rights, PTE_USER) ==> HAS(entry, PTE_USER)) &&                                       \
	 (HAS(entry, GUEST_NO_EXECUTE) ==> HAS(rights, SHADOW_NO_EXECUTE)))

/* The same for an sPDE; both are in the format of the shadow. */
#define PDE_RIGHTS_AMONG(entry, rights)                                                            \
	((HAS(entry, PTE_WRITE) ==> HAS(rights, PTE_WRITE)) &&                                     \
	 (HAS(entry, PTE_USER) ==> HAS(rights, PTE_USER)) &&                                       \
	 (HAS(rights, SHADOW_NO_EXECUTE) ==> HAS(entry, SHADOW_NO_EXECUTE)))

#define NO_CACHE_BITS(entry)                                                                       \
	(!HAS(entry, PTE_CACHE_DISABLE) && !HAS(entry, PTE_WRITE_THROUGH) &&                       \
	 !HAS(entry, PTE_PAT) && !HAS(entry, PTE_GLOBAL))

/*@ assigns \nothing;
    ensures rights: RIGHTS_AMONG(\result, entry.bits);
    ensures nothing_else: !HAS(\result, PTE_PRESENT) && NO_CACHE_BITS(\result) &&
      LEADS_TO(\result, 0); */
static u64 rights_of(gpte_t entry);

/*@ requires frame < FRAME_NUMBERS;
    assigns \nothing;
    ensures present: HAS(\result, PTE_PRESENT);
    ensures leads: LEADS_TO(\result, frame);
    ensures rights: RIGHTS_AMONG(\result, entry.bits);
    ensures dirty: HAS(\result, PTE_WRITE) ==> HAS(entry.bits, PTE_DIRTY);
    ensures cacheable: NO_CACHE_BITS(\result); */
static u64 spte_bits(gpte_t entry, pfn_t frame);

/*@ assigns \nothing;
    ensures write: HAS(\result, PTE_WRITE) ==> HAS(entry.bits, PTE_WRITE) && HAS(entry.bits, PTE_DIRTY);
    ensures user: HAS(\result, PTE_USER) ==> HAS(entry.bits, PTE_USER);
    ensures present: BIT_IS(\result, 0, low, 0);
    ensures same: FIVE_BITS_ARE(\result, 3, low, 3) && FIVE_BITS_ARE(\result, 8, low, 8) &&
      FIVE_BITS_ARE(\result, 13, low, 13) && FIVE_BITS_ARE(\result, 18, low, 18) &&
      FIVE_BITS_ARE(\result, 23, low, 23) && BIT_IS(\result, 28, low, 28) &&
      BIT_IS(\result, 29, low, 29) && BIT_IS(\result, 30, low, 30) && BIT_IS(\result, 31, low, 31); */
static u32 with_rights_of(u32 low, gpte_t entry);

/*@ assigns \nothing;
    ensures \result == (u32)entry.bits >> FRAME_SHIFT; */
static gfn_t entry_gfn(gpte_t entry);

/*@ requires TABLE_IS_VALID && \valid_read(g);
    assigns \nothing;
    ensures frame: is_frame_of(frame, &g->account, FRAME_MEMORY);
    ensures leads: HAS(\result.bits, PTE_PRESENT) && LEADS_TO(\result.bits, frame);
    ensures rights: RIGHTS_AMONG(\result.bits, entry.bits);
    ensures dirty: HAS(\result.bits, PTE_WRITE) ==> HAS(entry.bits, PTE_DIRTY);
    ensures cacheable: NO_CACHE_BITS(\result.bits); */
static spte_t sh_make_spte(const struct guest_space *g, gpte_t entry, pfn_t frame);

/* The frame is shared: no write by this sPTE. */
/*@ requires TABLE_IS_VALID && \valid_read(g);
    assigns \nothing;
    ensures frame: is_shared_memory(frame);
    ensures leads: HAS(\result.bits, PTE_PRESENT) && LEADS_TO(\result.bits, frame);
    ensures read_only: !HAS(\result.bits, PTE_WRITE);
    ensures rights: RIGHTS_AMONG(\result.bits, entry.bits);
    ensures cacheable: NO_CACHE_BITS(\result.bits); */
static spte_t sh_make_shared_spte(const struct guest_space *g, gpte_t entry, pfn_t frame);

/* -- An sPDE: the table is a shadow table of this guest's -------------------------------------- */

/*@ requires table < FRAME_NUMBERS;
    assigns \nothing;
    ensures present: HAS(\result, PTE_PRESENT);
    ensures leads: LEADS_TO(\result, table);
    ensures rights: PDE_RIGHTS_AMONG(\result, rights.bits);
    ensures cacheable: NO_CACHE_BITS(\result); */
static u64 pde_bits(pfn_t table, spte_t rights);

/*@ requires TABLE_IS_VALID && \valid_read(s) && \valid_read(s->account);
    assigns \nothing;
    ensures frame: is_frame_of(table, s->account, FRAME_SHADOW);
    ensures leads: HAS(\result.bits, PTE_PRESENT) && LEADS_TO(\result.bits, table);
    ensures rights: PDE_RIGHTS_AMONG(\result.bits, rights.bits);
    ensures cacheable: NO_CACHE_BITS(\result.bits); */
static spte_t table_entry(const struct shadow *s, pfn_t table, spte_t rights);

/*@ requires \valid_read(s) && \valid_read(s->current);
    ensures not_the_switchers: pde < SWITCHER_START >> PDE_SHIFT; */
static pfn_t sh_need_table(struct shadow *s, u32 pde, spte_t rights);

/*@ requires TABLE_IS_VALID && \valid_read(s) && \valid_read(s->account) && \valid_read(d);
    requires index < SHADOW_PAGES;
    ensures \old(is_frame_of(d->pages[index], s->account, FRAME_SHADOW)); */
static void sh_link_page(const struct shadow *s, const struct shadow_directory *d, u32 index);

/* -- The entries of the guest's tables --------------------------------------------------------- */

/*@ requires \valid_read(g) && level < GUEST_LEVELS;
    assigns \nothing;
    ensures \result == 0 ==> (u32)entry.bits >> FRAME_SHIFT < g->memory.frames; */
static bool sh_is_bad(const struct guest_space *g, u32 level, gpte_t entry);

/* -- Indices ---------------------------------------------------------------------------------- */

/*@ requires level < GUEST_LEVELS;
    assigns \nothing;
    behavior top: assumes level == 0;
      ensures \result < guest_levels[0].entries;
    behavior next: assumes level == 1;
      ensures \result < guest_levels[1].entries;
    behavior leaf: assumes level == GUEST_LEVELS - 1;
      ensures \result < guest_levels[GUEST_LEVELS - 1].entries; */
static u32 index_at(u32 level, gva_t at);

/*@ assigns \nothing;
    ensures \result < SHADOW_ENTRIES; */
static u32 table_index(gva_t at);

/*@ assigns \nothing;
    ensures \result < SHADOW_PAGES * SHADOW_ENTRIES;
    ensures quotient: \result == at / (1 << PDE_SHIFT);
    ensures not_the_switchers: at < SWITCHER_START ==>
      \result < SWITCHER_START >> PDE_SHIFT; */
static u32 pde_index(gva_t at);

#endif

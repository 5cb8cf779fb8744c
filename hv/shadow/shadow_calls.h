/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of the shadow engine for a guest, the same for all combinations of formats. */
#ifndef HV_SHADOW_CALLS_H
#define HV_SHADOW_CALLS_H

#include "arch/x86/guest_top_table.h"
#include "hv/shadow/shadow.h"

/* Sets the address from which all address spaces of the guest are the same, so that their page
 * tables are shared. */
static inline enum progress shadow_set_kernel_address(struct guest_space *g, gva_t address)
{
	return g->shadow.engine->set_kernel_address(g, address);
}

/* Makes the shadow allow the access if the guest's tables do; sets A and D in them as a CPU
 * would. */
static inline enum fill_outcome shadow_fill(struct guest_space *g, gva_t at, u32 access)
{
	return g->shadow.engine->fill(g, at, access);
}

/* The hypercalls of the same names (abi.md section 2); a bad argument kills the guest. */
static inline enum progress shadow_new_table(struct guest_space *g, gpa_t top)
{
	return g->shadow.linear ? shadow_first_table(g, top) : g->shadow.engine->new_table(g, top);
}

/* The arguments are in the guest's registers: EBX, ECX, EDX, and ESI for the entry's high half, which two-level
 * tables do not have. */
static inline void shadow_set_pte(struct guest_space *g, const struct trap_frame *arguments)
{
	g->shadow.engine->set_pte(g, arguments->edx, arguments->ecx, arguments->esi,
				  arguments->ebx);
}

/* SET_PTE for calls of the ring, of which the first one is a SET_PTE: for all up to another call, and for `count` at
 * most; then, if the last of these was in the ring's last slot, for `rest` at most from the ring's first slot on. The
 * guest's memory may change meanwhile. Returns the number of calls done, at least 1, which is less if the guest has been
 * killed or the stretch is spent. *last: for the page of the last one the entry that the shadow has
 * now; no SET_PTE, if no page table is that page's alone. */
static inline u32 shadow_set_ptes(struct guest_space *g, const ring_call_t *calls, u32 count,
				  u32 rest, struct last_set_pte *last)
{
	return g->shadow.engine->set_ptes(g, calls, count, rest, last);
}

static inline enum progress shadow_set_pgd(struct guest_space *g, gpa_t top, u32 index)
{
	return g->shadow.engine->set_pgd(g, top, index);
}

static inline void shadow_set_pmd(struct guest_space *g, gpa_t pmd, u32 index)
{
	g->shadow.engine->set_pmd(g, pmd, index);
}

static inline enum progress shadow_flush_user(struct guest_space *g)
{
	return g->shadow.engine->flush_user(g);
}

static inline enum progress shadow_flush_all(struct guest_space *g)
{
	return g->shadow.engine->flush_all(g);
}

/* The hypervisor itself writes to this gfn, which has been touched, by a window: no page table in
 * it is ever protected (hv/shadow/protect.inc). */
static inline void shadow_never_protect(struct guest_space *g, gfn_t gfn)
{
	g->shadow.engine->never_protect(g, gfn);
}

/* The gfn has got another machine frame than `old`, which was shared: no sPTE leads there any more. */
static inline void shadow_replaced(struct guest_space *g, gfn_t gfn, pfn_t old)
{
	g->shadow.engine->replaced(g, gfn, old);
}

/* Drops all page tables, in parts: before frames of the guest become shared, no sPTE may let it
 * write to them. The guest goes on as after a reclaim; its stack is to be pinned again. */
static inline enum progress shadow_drop_all(struct guest_space *g)
{
	return g->shadow.engine->drop_all(g);
}

/* Before the guest runs on this CPU: its contexts get this CPU's pages, and lose those of the CPU that
 * it ran on before. */
static inline void shadow_use_this_cpu(struct guest_space *g)
{
	if (g->shadow.switcher != guest_top_table_entry())
		g->shadow.engine->use_this_cpu(g);
}

/* Maps the `pages` pages below `stack_end` writable if the guest's tables allow it. The CPU itself
 * pushes there when it uses a direct gate. */
static inline void shadow_pin(struct guest_space *g, gva_t stack_end, u32 pages)
{
	g->shadow.engine->pin(g, stack_end, pages);
}

/* Copies from or to linear addresses of the guest as its kernel would, a page at a time, setting A
 * and D. False, with the bytes before it copied, at the first page that does not allow it. */
static inline bool guest_virtual_read(struct guest_space *g, gva_t at, void *to, u32 size)
{
	return g->shadow.engine->read(g, at, to, size);
}

static inline bool guest_virtual_write(struct guest_space *g, gva_t at, const void *from, u32 size)
{
	return g->shadow.engine->write(g, at, from, size);
}

/* Returns the address at which the hypervisor can write to the guest's `at`, up to the end of that
 * page, and sets A and D; valid until the next call of the engine. NULL if the guest's kernel could
 * not write there. */
static inline u8 *guest_virtual_map(struct guest_space *g, gva_t at)
{
	return g->shadow.engine->map(g, at, ACCESS_WRITE);
}

/* Panics if the shadow tables break an invariant (hv/shadow/audit.inc). */
#ifdef CONFIG_DEBUG
static inline void shadow_audit(struct guest_space *g)
{
	g->shadow.engine->audit(g);
}
#else
static inline void shadow_audit(struct guest_space *g)
{
	(void)g;
}
#endif

#endif

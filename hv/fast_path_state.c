/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/fast_path_state.h"

#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "hv/fastpath/fast_walk.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_table.h"

static void *shared_page(u32 page)
{
	return (void *)(uintptr_t)(SHARED_WINDOW + page * PAGE_BYTES);
}

static void *window_of(u32 set, u32 i)
{
	return (void *)(uintptr_t)(TABLE_WINDOWS + (set * TABLE_WINDOWS_IN_SET + i) * PAGE_BYTES);
}

/* Opens a window on gfn `gfn`. The guest's kernel can see it: the frame is asserted to be the
 * guest's own memory, as in sh_make_spte. False if there is no such frame. */
static bool show(struct guest *g, void *window, u32 gfn, bool writable)
{
	pfn_t frame;

	if (!guest_memory_frame(&g->space.memory, to_gfn(gfn), writable ? TO_WRITE : TO_READ,
				&frame))
		return false;
	if (writable || !frame_is_shared(frame))
		frame_assert(frame, &g->space.account, FRAME_MEMORY);
	else
		frame_assert_shared(frame, &g->space.account);
	guest_window_open(window, frame, writable);
	return true;
}

void fast_path_show_shared(struct guest *g)
{
	u32 first = gpa_value(g->shared_at) >> FRAME_SHIFT;
	u32 last = (gpa_value(g->shared_at) + sizeof(struct lguest_data) - 1) >> FRAME_SHIFT;

	for (u32 i = 0; i <= last - first; i++)
		show(g, shared_page(i), first + i, true);
	g->cpu->state.fast.shared = SHARED_WINDOW + gpa_offset(g->shared_at);
}

void fast_path_open(struct guest *g)
{
	struct state_page *state = &g->cpu->state;
	bool open = g->shared && !g->traced && !interrupts_need_care(&g->interrupts);

	fast_path_forget(g->cpu);
	state->fast.open = open;
	state->fast.ring = open ? state->fast.shared + offsetof(struct lguest_data, hcall_status)
				: (u32)(uintptr_t)state->fast.no_ring;
	state->reflect = state->reflects[open];
}

#define PAE_HIGH_NX (1u << 31) /* no-execute, in the high half of a PAE entry */

void fast_path_init(struct guest *g)
{
	g->saved_fast =
	    (struct fast_path_guest){.high_reserved = cpu_features.nx ? ~PAE_HIGH_NX : ~0u};
	g->space.fast = &g->saved_fast;
}

/* Sets every field but those of the windows, which fast_path_unschedule has closed: the guest can
 * read this page, so no value of another guest may stay. */
void fast_path_schedule(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	fast->open = 0;
	fast->shared = 0;
	memset(&fast->last_set_pte, 0, sizeof(fast->last_set_pte));
	memset(&fast->absent, 0, sizeof(fast->absent));
	memset(g->cpu->registers.memos, 0, sizeof(g->cpu->registers.memos)); /* NO_REGION */
	fast_path_forget(g->cpu);
	fast->guest = g->saved_fast;
	g->space.fast = &fast->guest;
	if (g->shared)
		fast_path_show_shared(g);
}

void fast_path_count(struct guest *g)
{
	struct fast_path_counts *counts;

	if (!g->cpu)
		return;
	counts = &g->cpu->registers.counts;
	g->counts.fast_reflections += counts->reflections;
	g->counts.fast_hypercalls += counts->hypercalls;
	*counts = (struct fast_path_counts){0};
}

/* To be called when a window shows another table. */
static NOINLINE void forget_walks(struct cpu_pages *cpu)
{
	for (u32 i = 0; i < WALK_MEMOS; i++)
		cpu->registers.memos[i].region = NO_REGION;
}

static COLD void close_window(struct cpu_pages *cpu, u32 set, u32 i)
{
	struct fast_path_state *fast = &cpu->state.fast;

	guest_window_close(window_of(set, i));
	fast->gfns[set][i] = NO_GFN;
	fast->shown[set] &= ~(1u << i);
	forget_walks(cpu);
}

static void close_set(struct cpu_pages *cpu, u32 set)
{
	while (cpu->state.fast.shown[set])
		close_window(cpu, set, __builtin_ctz(cpu->state.fast.shown[set]));
}

/* Closes all windows: the next guest must not see this one's memory. */
void fast_path_unschedule(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	fast_path_count(g);
	g->saved_fast = fast->guest;
	g->space.fast = &g->saved_fast;
	for (u32 i = 0; fast->shared && i < SHARED_WINDOW_PAGES; i++)
		guest_window_close(shared_page(i));
	for (u32 set = 0; set < TABLE_WINDOW_SETS; set++)
		close_set(g->cpu, set);
}

/* Opens a window on the table at `table`, unless one is open. False if no memory is there. */
static bool show_table(struct guest *g, u32 set, gpa_t table)
{
	struct fast_path_state *fast = &g->cpu->state.fast;
	u32 gfn = gfn_value(gpa_frame(table)), i = gfn % TABLE_WINDOWS_IN_SET;

	if (fast->gfns[set][i] == gfn)
		return true;
	if (!show(g, window_of(set, i), gfn, false))
		return false;
	fast->gfns[set][i] = gfn;
	fast->shown[set] |= 1u << i;
	forget_walks(g->cpu);
	return true;
}
_Static_assert(TABLE_WINDOWS_IN_SET <= 32, "a bit each");

/* The same for a table above the last level. *table: the next table, to which the entry at index
 * `word` leads. */
static bool show_level(struct guest *g, u32 set, gpa_t *table, u32 word)
{
	gpa_t at = to_gpa(gpa_value(*table) + word * sizeof(u32));
	u32 entry;

	if (!show_table(g, set, *table) || !guest_read_u32(&g->space.memory, at, &entry))
		return false;
	*table = to_gpa(entry & ~FRAME_OFFSET_MASK);
	return entry & PTE_PRESENT;
}

void fast_path_map_tables(struct guest *g, gva_t at)
{
	u32 address = gva_value(at);
	bool pae = g->space.fast->pae;
	gpa_t table = g->space.shadow.current->top;

	if (g->space.shadow.linear || address >= SWITCHER_START)
		return;
	if (pae && !show_level(g, FAST_PDPTES, &table, pdpte_word(address)))
		return;
	if (show_level(g, FAST_PDES, &table, pde_word(pae, address)))
		show_table(g, FAST_PTES, table);
}

void fast_path_replaced(struct guest *g, u32 gfn)
{
	struct fast_path_state *fast;
	u32 i = gfn % TABLE_WINDOWS_IN_SET;

	if (!g->cpu)
		return;
	fast = &g->cpu->state.fast;
#pragma GCC unroll 3
	for (u32 set = 0; set < TABLE_WINDOW_SETS; set++)
		if (fast->gfns[set][i] == gfn)
			close_window(g->cpu, set, i);
}

#ifdef CONFIG_DEBUG
static void audit_window(struct guest *g, const void *window, u32 gfn)
{
	u32 entry = guest_window_entry(window);
	pfn_t frame;

	if (gfn == NO_GFN) {
		ASSERT(!entry);
		return;
	}
	ASSERT(guest_memory_frame(&g->space.memory, to_gfn(gfn), TO_READ, &frame));
	ASSERT(entry == (paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_ACCESSED));
}

void fast_path_audit(struct guest *g)
{
	const struct fast_path_guest *fast = g->space.fast;

	ASSERT(!fast->reflects ==
	       !(fast->stack_is_flat && fast->handler_cs && fast_path_has_stack(fast->stack_esp)));
	ASSERT(!g->cpu->state.fast.open || g->cpu->state.fast.shared);
	ASSERT(g->space.shadow.switcher == guest_top_table_entry());
	for (u32 set = 0; set < TABLE_WINDOW_SETS; set++)
		for (u32 i = 0; i < TABLE_WINDOWS_IN_SET; i++)
			audit_window(g, window_of(set, i), g->cpu->state.fast.gfns[set][i]);
}
#endif

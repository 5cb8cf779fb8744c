/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/fast_path_state.h"

#include "arch/x86/cpu.h"
#include "arch/x86/guest_top_table.h"
#include "hv/fastpath/fast_walk.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/frame_table.h"

#define PAE_HIGH_NX (1u << 31)

static void *shared_page(u32 page)
{
	return (void *)(uintptr_t)(SHARED_WINDOW + page * PAGE_BYTES);
}

static void *window_of(u32 set, u32 i)
{
	return (void *)(uintptr_t)(TABLE_WINDOWS + (set * TABLE_WINDOWS_IN_SET + i) * PAGE_BYTES);
}

/* The guest's kernel sees what a window shows: one of its own frames of memory, as in make_spte. False
 * if there is none. */
static bool show(struct guest *g, void *window, u32 gfn, bool writable)
{
	pfn_t frame;

	if (!guest_memory_frame(&g->space.memory, to_gfn(gfn), &frame))
		return false;
	frame_assert(frame, &g->space.account, FRAME_MEMORY);
	guest_window_open(window, frame, writable);
	return true;
}

static void show_shared(struct guest *g)
{
	u32 first = gpa_value(g->shared_at) >> FRAME_SHIFT;
	u32 last = (gpa_value(g->shared_at) + sizeof(struct lguest_data) - 1) >> FRAME_SHIFT;

	for (u32 i = 0; i <= last - first; i++)
		show(g, shared_page(i), first + i, true);
	g->cpu->state.fast.shared = SHARED_WINDOW + gpa_offset(g->shared_at);
}

void fast_path_tables_changed(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	if (g->shared && !fast->shared)
		show_shared(g);
	fast_path_top_changed(g);
	fast->pae = g->space.shadow.engine->pae_guest;
	fast->fault_bits = g->space.shadow.engine->fault_bits;
	fast->user_end = gva_value(g->space.shadow.kernel_address);
}

void fast_path_gate_changed(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;
	struct descriptor gate = g->traps.idt[VECTOR_PF];
	u32 cs = (gate_selector(gate) & ~SELECTOR_RPL) | GUEST_KERNEL_RPL;

	fast->handler_cs = gate.high & DESCRIPTOR_PRESENT ? cs : 0;
	fast->handler_eip = gate_offset(gate);
	fast->interrupt_gate = descriptor_type(gate) == GATE_INTERRUPT;
}

/* Every field but those of the windows, which are closed: nothing of another guest's may stay. */
void fast_path_schedule(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	fast->open = 0;
	fast->shared = 0;
	fast->frames = g->space.memory.frames;
	fast->high_bits = cpu_features.nx ? PAE_HIGH_NX : 0;
	fast->announced_top = 0;
	fast->announced_page = NO_PAGE_ANNOUNCED;
	fast->announced = 0;
	fast_path_ring_moved(g);
	fast_path_tables_changed(g);
	fast_path_stack_changed(g);
	fast_path_gate_changed(g);
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

static void close_set(struct fast_path_state *fast, u32 set)
{
	for (u32 left = fast->shown[set]; left; left &= left - 1) {
		u32 i = __builtin_ctz(left);

		guest_window_close(window_of(set, i));
		fast->gfns[set][i] = NO_GFN;
	}
	fast->shown[set] = 0;
}

/* What the windows showed, the next guest must not see. */
void fast_path_unschedule(struct guest *g)
{
	struct fast_path_state *fast = &g->cpu->state.fast;

	fast_path_count(g);
	for (u32 i = 0; fast->shared && i < SHARED_WINDOW_PAGES; i++)
		guest_window_close(shared_page(i));
	for (u32 set = 0; set < TABLE_WINDOW_SETS; set++)
		close_set(fast, set);
}

/* Opens a window on the table at `table`, unless there is one. False if that is no memory. */
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
	return true;
}
_Static_assert(TABLE_WINDOWS_IN_SET <= 32, "a bit each");

/* The same for a table of which the entry at `word` leads to the next one. */
static bool show_upper(struct guest *g, u32 set, gpa_t *table, u32 word)
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
	bool pae = g->space.shadow.engine->pae_guest;
	gpa_t table = g->space.shadow.current->top;

	if (g->space.shadow.linear || address >= SWITCHER_START)
		return;
	if (pae && !show_upper(g, FAST_PDPTES, &table, top_word(address)))
		return;
	if (show_upper(g, FAST_PDES, &table, upper_word(pae, address)))
		show_table(g, FAST_PTES, table);
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
	ASSERT(guest_memory_frame(&g->space.memory, to_gfn(gfn), &frame));
	ASSERT(entry == (paddr_value(pfn_address(frame)) | PTE_PRESENT | PTE_ACCESSED));
}

void fast_path_audit(struct guest *g)
{
	for (u32 set = 0; set < TABLE_WINDOW_SETS; set++)
		for (u32 i = 0; i < TABLE_WINDOWS_IN_SET; i++)
			audit_window(g, window_of(set, i), g->cpu->state.fast.gfns[set][i]);
}
#endif

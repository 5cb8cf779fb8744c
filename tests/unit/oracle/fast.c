// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fast path's walk is compared with the engine's, at each page fault that the fast path could
 * have got: its answer must be the one that the engine would give.
 */
#include "tests/unit/oracle/fast.h"

#include <string.h>

#include "arch/x86/cpu_pages.h"
#include "arch/x86/guest_top_table.h"
#include "hv/fast_path_state.h"
#include "hv/fastpath/fast_walk.h"
#include "tests/unit/oracle/hardware.h"
#include "tests/unit/oracle/world.h"

#define WINDOWS (TABLE_WINDOW_SETS * TABLE_WINDOWS_IN_SET)

static struct cpu_pages cpu_pages;
static u32 behind[WINDOWS]; /* the machine frame that each window shows, 0: none */

static u32 window_at(const void *address)
{
	u32 window = ((u32)(uintptr_t)address - TABLE_WINDOWS) / PAGE_BYTES;

	if (window >= WINDOWS)
		fail("a window's address is outside the windows");
	return window;
}

void guest_window_open(void *address, pfn_t frame, bool writable)
{
	if (writable)
		fail("a guest's page table is in a writable window");
	behind[window_at(address)] = pfn_value(frame);
}

void guest_window_close(void *address)
{
	if ((u32)(uintptr_t)address >= TABLE_WINDOWS)
		behind[window_at(address)] = 0;
}

u32 guest_window_entry(const void *address)
{
	u32 frame = behind[window_at(address)];

	return frame ? frame << FRAME_SHIFT | PTE_PRESENT | PTE_ACCESSED : 0;
}

const u32 *table_window(u32 window)
{
	if (!behind[window])
		fail("the fast path reads a closed window");
	return frame_map(to_pfn(behind[window]));
}

void fast_start(void)
{
	guest.cpu = &cpu_pages;
	memset(cpu_pages.state.fast.gfns, 0xFF, sizeof(cpu_pages.state.fast.gfns));
	fast_path_schedule(&guest);
	fast_path_open(&guest);
	if (cpu_pages.state.fast.open ||
	    cpu_pages.state.fast.ring != (u32)(uintptr_t)cpu_pages.state.fast.no_ring)
		fail("the fast path is open before LGUEST_INIT");
}

void fast_stop(void)
{
	fast_path_unschedule(&guest);
	guest.cpu = NULL;
	for (u32 i = 0; i < WINDOWS; i++)
		if (behind[i])
			fail("a window is still open");
}

bool fast_says(u32 at, u32 access, u32 *error)
{
	bool answer;
	u32 present;

	if (!(at & FRAME_SIZE)) /* for half of all pages it has been here before */
		fast_path_map_tables(&guest, to_gva(at));
	answer = is_refused(&cpu_pages.state.fast, cpu_pages.registers.memos,
			    cpu_pages.state.fast.guest.pae, at, &access, &present);
	*error = refusal_error(&cpu_pages.state.fast, access, present);
	fast_path_audit(&guest);
	return answer;
}

/* When the windows show the tables on the way, the fast path must refuse the access by itself. */
static void check_next_answer(u32 at, u32 access, const struct translation *t,
			      enum fill_outcome outcome)
{
	bool top_absent = pae_guest() && t->levels == 1;
	u32 error;

	if (guest.space.shadow.linear || at >= SWITCHER_START || top_absent ||
	    (access & ACCESS_FETCH))
		return;
	fast_path_map_tables(&guest, to_gva(at));
	if (!fast_says(at, access, &error))
		fail(
		    "access %#x to %#x is refused, and the fast path does not answer it with all tables mapped",
		    access, at);
	if (!(error & FAULT_PRESENT) != (outcome == FILL_NOT_PRESENT))
		fail("access %#x to %#x: the fast path's later error code is %#x", access, at,
		     error);
}

void fast_check(u32 at, u32 access, bool answer, u32 error, const struct translation *t,
		enum fill_outcome outcome)
{
	u32 present = outcome == FILL_PROTECTED ? FAULT_PRESENT : 0;
	bool refuses = outcome == FILL_PROTECTED || outcome == FILL_NOT_PRESENT;

	if (answer && !refuses)
		fail("access %#x to %#x: the fast path refuses an access that the engine allows",
		     access, at);
	if (answer && t->marked)
		fail("access %#x to %#x: the fast path has not set A or D", access, at);
	if (answer && error != (access | present))
		fail("access %#x to %#x: the fast path gives error code %#x", access, at, error);
	if (refuses)
		check_next_answer(at, access, t, outcome);
}

void fast_announce(u32 top, u32 at, u64 entry)
{
	const struct last_set_pte last = {{HCALL_SET_PTE, top, at, (u32)entry, entry >> 32}, 0};

	fast_path_remember(&guest, &last);
}

static bool is_mapped(u32 at)
{
	return hardware_walk(current_root(), at).present;
}

void fast_remember(const struct last_set_pte *last)
{
	const struct fast_path_state *fast = &cpu_pages.state.fast;

	fast_path_remember(&guest, last);
	for (u32 i = 0; i < fast->absent.size; i += FRAME_SIZE)
		if (is_mapped(fast->absent.from + i))
			fail("page %#x is mapped after a batch that has left it absent",
			     fast->absent.from + i);
}

void fast_left(void)
{
	fast_path_forget(&cpu_pages);
}

void fast_served(u32 top, u32 at, u64 entry)
{
	struct fast_path_state *fast = &cpu_pages.state.fast;

	fast_left();
	if ((entry & PTE_PRESENT) || top != fast->guest.top)
		return;
	fast->absent.from = at & ~FRAME_OFFSET_MASK;
	fast->absent.size = FRAME_SIZE;
}

bool fast_ignores(u32 top, u32 at, u64 entry)
{
	return !guest.space.shadow.linear && !(entry & PTE_PRESENT) &&
	       (is_absent_since(&cpu_pages.state.fast, top, at) ||
		set_pte_is_noop(&cpu_pages.state.fast, cpu_pages.registers.memos, top, at,
				is_mapped));
}

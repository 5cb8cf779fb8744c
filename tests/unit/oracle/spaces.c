// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations on address spaces: the guest switches to one, makes one, flushes; LGUEST_INIT. */
#include <string.h>

#include "hv/shadow/switch.h"
#include "tests/unit/oracle/audit.h"
#include "tests/unit/oracle/history.h"
#include "tests/unit/oracle/operations.h"

#define COPIES_FIRST 111u /* frames of middle directories that are copies of another one */
#define COPIES 16u

/* -- Switches -------------------------------------------------------------------------------- */

/* The quick way: it does what NEW_PGTABLE would do, or nothing. */
static bool switch_to_cached(u32 top, bool held)
{
	u32 root = current_root();
	struct shadow_counts counts = guest.space.shadow.counts;
	bool done = shadow_switch_to_cached(&guest.space, to_gpa(top));

	if (done && !held)
		fail("a switch to %#x, which is not cached", top);
	counts.hits += done;
	if (memcmp(&counts, &guest.space.shadow.counts, sizeof(counts)) != 0)
		fail("a switch to %#x is not counted as it should be", top);
	if (!done && current_root() != root)
		fail("a switch to %#x is refused, and has done something", top);
	return done;
}

void call_new_pgtable(u32 top, bool quickly)
{
	bool held = !model.linear && !kills_top(top) && root_of(top);
	struct cache_view cache;

	view_cache(&cache);
	switch_to_cached(NO_TOP, false); /* the `top` of a free directory, and of the linear map */
	if (!quickly || !switch_to_cached(top, held))
		IN_STRETCHES(shadow_new_table(&guest.space, to_gpa(top)));
	expect_killed(kills_top(top) ? "bad page directory address" : NULL);
	if (guest_has_ended(&guest))
		return;
	check_cache(&cache);
	history_switched(top);
	if (!held)
		history_read_tops(top);
	model.top = top;
	if (model.linear)
		announce_everything();
	model.linear = false;
	if (root_of(top) != current_root())
		fail("directory %#x does not run after NEW_PGTABLE", top);
}

void do_switch(const struct operation *o)
{
	call_new_pgtable(top_of_space(o->space), o->value & 1);
}

static void copy_entries(u32 from, u32 to, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		guest_store_entry(to + i * entry_size(), model_entry(from + i * entry_size()));
}

/* A PAE middle directory of the space's own, with the same in it as the running space's. */
static void copy_middle(u32 top, u32 at)
{
	u32 copy = (COPIES_FIRST + (top / 32 * 3 + (at >> 30)) % COPIES) * FRAME_SIZE;
	u64 running = model_entry(entry_place(0, model.top, at));

	if (!(running & PTE_PRESENT) || is_bad_entry(0, running))
		return;
	copy_entries(table_behind(running), copy, 0, 512);
	guest_store_entry(entry_place(0, top, at), copy | PTE_PRESENT);
}

static void copy_kernel_part(u32 top)
{
	u32 first = model.kernel_address >> top_shift();

	if (pae_guest())
		for (u32 i = first; i < 4; i++)
			copy_middle(top, i << 30);
	else
		copy_entries(model.top, top, first, 1024);
}

/* Makes an address space as kernels do for a process: the kernel's part is in its tables before
 * they are used for the first time, and is not announced. */
void do_new_process(const struct operation *o)
{
	u32 top = top_of_space(o->space);

	if (!model.linear)
		copy_kernel_part(top);
	call_new_pgtable(top, o->value & 1);
}

void do_switch_anywhere(const struct operation *o)
{
	call_new_pgtable(hostile_top(o), o->value & 1);
}

/* -- Flushes, and LGUEST_INIT ---------------------------------------------------------------- */

static bool in_user_part(u32 at)
{
	return !is_shared(at);
}

void do_flush_user(const struct operation *o)
{
	struct samples samples;

	(void)o;
	take_samples(&samples);
	samples.may_protect = true;
	IN_STRETCHES(shadow_flush_user(&guest.space));
	history_read_tops(model.top);
	if (model.shared_from)
		announce_tables(model.top, 0, model.shared_from - 1);
	check_samples(&samples, in_user_part);
	audit_shadow();
}

void do_flush_all(const struct operation *o)
{
	(void)o;
	IN_STRETCHES(shadow_flush_all(&guest.space));
	history_read_tops(model.top);
	if (!model.linear)
		announce_flush();
	audit_shadow();
}

/* Only before the first NEW_PGTABLE: LGUEST_INIT comes first. */
void do_kernel_address(const struct operation *o)
{
	(void)o;
	if (!model.linear)
		return;
	IN_STRETCHES(shadow_set_kernel_address(&guest.space, to_gva(setup.kernel_address)));
	model_set_kernel_address(setup.kernel_address);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a clone in three steps, each in parts:
 *
 *	drop the parent's shadow    so that it cannot write to frames that become shared
 *	share all frames            but those of lguest_data, on which there are writable windows
 *	copy the rest               registers, descriptors, gates, interrupts, clock, devices
 */
#include "hv/guest_clone.h"

#include "arch/x86/timer.h"
#include "hv/base/stretch.h"
#include "hv/guest_frames.h"
#include "hv/hypercalls.h"
#include "hv/shadow/shadow_calls.h"
#include "hv/traps.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"

/* The frames of its memory that the clone may own. Those of lguest_data are copied at once. */
static u32 own_frames(const struct guest *parent, u32 private_memory)
{
	u32 all = parent->space.memory.frames;

	if (!private_memory)
		return all;
	return min_u32(all, frames_for(private_memory) + GUEST_MEMORY_RESERVE);
}

/* The pages of its disk that are its own, or become so when it writes to them: all, unless it reads a module only. */
static u32 disk_frames(const struct guest_config *config)
{
	bool reads_module = config->disk_read_only && config->disk.data;

	return reads_module || config->no_devices ? 0 : frames_for(config->disk.size);
}

/* A table of written pages; the account has been opened for it. */
static void open_disk(struct guest *g, u32 frames)
{
	if (!guest_memory_open(&g->disk, &g->space.account, frames))
		panic("guest %s: the frames set aside do not suffice for its disk",
		      g->config->name);
	g->disk.budget = &g->space.memory;
}

bool guest_freeze_disk(struct guest *parent, char *problem, size_t size)
{
	u32 frames = disk_frames(parent->config), all = frames ? guest_memory_cost(frames) : 0;

	if (!frames || parent->disk.frames)
		return true;
	if (!frames_extend(&parent->space.account, all)) {
		snprintf(problem, size, "its disk needs %u KB, and %u KB are free", all * 4,
			 frames_uncommitted() * 4);
		return false;
	}
	parent->space.memory.owned_max += frames;
	open_disk(parent, frames);
	return true;
}

/* Shared frames are paid for by funds of their own; a clone's account pays for what it will own. */
static bool open_accounts(struct guest *clone, const struct guest *parent, owner_t owner,
			  u32 private_memory, char *problem, size_t size)
{
	const struct guest_config *config = clone->config;
	u32 frames = parent->space.memory.frames, own = own_frames(parent, private_memory);
	u32 budget = private_memory ? guest_least_shadow(config) : guest_shadow_budget(config);
	u32 disk = disk_frames(config), written = disk && !private_memory ? disk : 0;
	u32 all = guest_memory_cost(frames) - frames + own + shadow_cost(budget) +
		  guest_services->device_own_frames(config) +
		  (disk ? guest_memory_cost(disk) - disk + written : 0);
	u32 shared = parent->space.memory.owned;

	if (!frames_open(&clone->funds, OWNER_SHARED, shared)) {
		snprintf(problem, size, "%u KB are to be shared, and %u KB are free", shared * 4,
			 frames_uncommitted() * 4);
		return false;
	}
	if (!guest_open_account(clone, owner, all, problem, size)) {
		frames_close(&clone->funds);
		return false;
	}
	guest_open_space(clone, frames, budget);
	clone->space.memory.owned_max = own + written;
	if (private_memory)
		guest_memory_limit(&clone->space.memory, own);
	if (disk)
		open_disk(clone, disk);
	return true;
}

bool guest_clone_begin(struct guest *clone, struct guest *parent, const struct guest_config *config,
		       owner_t owner, u32 private_memory, char *problem, size_t size)
{
	guest_init(clone, config, parent->clock.limit);
	clone->parent = parent;
	clone->space.paging = parent->space.paging;
	if (!parent->space.shadow.linear)
		clone->space.paging =
		    parent->space.shadow.engine->pae_guest ? GUEST_PAGING_PAE : GUEST_PAGING_2LEVEL;
	return guest_freeze_disk(parent, problem, size) &&
	       open_accounts(clone, parent, owner, private_memory, problem, size);
}

/* The gfns on which lguest_data lies, to be copied. */
static u32 count_kept(const struct guest *parent, gfn_t *first)
{
	gpa_t last = to_gpa(gpa_value(parent->shared_at) + sizeof(struct lguest_data) - 1);

	*first = gpa_frame(parent->shared_at);
	return parent->shared ? gfn_value(gpa_frame(last)) - gfn_value(*first) + 1 : 0;
}

/* AGAIN: some frames are left. */
static enum progress share_frames(struct guest *clone, struct guest *parent)
{
	gfn_t first;
	u32 count = count_kept(parent, &first);

	while (!guest_memory_share_some(&parent->space.memory, &clone->space.memory, &clone->funds,
					first, count))
		if (stretch_is_spent())
			return AGAIN;
	while (clone->disk.frames &&
	       !guest_memory_share_some(&parent->disk, &clone->disk, &clone->funds, first, 0))
		if (stretch_is_spent())
			return AGAIN;
	frames_close(&clone->funds); /* what is left of it */
	return DONE;
}

static void copy_state(struct guest *clone, const struct guest *parent)
{
	clone->halted = parent->halted;
	clone->fault_address = parent->fault_address;
	clone->last_call = parent->last_call;
	clone->shared_at = parent->shared_at;
	clone->interrupts = parent->interrupts;
	clone->clock = parent->clock;
	clone->segments = parent->segments;
	clone->traps = parent->traps;
	clone->saved_regs = parent->saved_regs;
	clone->fpu = parent->fpu;
	clone->saved_fast = parent->saved_fast;
}

/* The clone's shadow: empty, but for the same kernel address, the same format and the same current
 * page directory. (So few tables are dropped that it is never AGAIN.) */
static void open_shadow(struct guest *clone, const struct guest *parent)
{
	const struct shadow *s = &parent->space.shadow;
	gva_t kernel = to_gva(parent->saved_fast.kernel_address);

	if (parent->shared)
		while (shadow_set_kernel_address(&clone->space, kernel) == AGAIN)
			;
	if (!s->linear)
		while (shadow_first_table(&clone->space, s->current->top) == AGAIN)
			;
}

enum progress guest_clone_some(struct guest *clone)
{
	struct guest *parent = clone->parent;

	if (shadow_drop_all(&parent->space) == AGAIN || share_frames(clone, parent) == AGAIN ||
	    stretch_is_spent()) /* the rest is one part; the next call finds these two done */
		return AGAIN;
	copy_state(clone, parent);
	open_shadow(clone, parent);
	if (parent->shared)
		clone->shared = hypercalls_map_shared(clone, clone->shared_at);
	clone->space.state = clone->stands ? GUEST_BEING_MADE : GUEST_ALIVE;
	clone->parent = NULL;
	guest_services->clone_devices(clone, parent);
	traps_pin_stack(parent);
	traps_pin_stack(clone);
	return DONE;
}

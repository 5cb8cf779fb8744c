// SPDX-License-Identifier: GPL-2.0-or-later
/* Memories that share the guest's frames: one never sees the writes of another. */
#include "tests/unit/oracle/clones.h"

#include <string.h>

#include "mm/frame_table.h"
#include "tests/unit/oracle/audit.h"

#define CLONES 3u
#define KEPT_MAX 3u
#define MEMORY_BYTES (GUEST_FRAMES * FRAME_SIZE)

static struct clone {
	bool lives;
	struct frame_account account;
	struct guest_memory memory;
	u8 bytes[MEMORY_BYTES]; /* as they should be */
} clones[CLONES];

static u32 next_clone; /* the one that has lived longest, if all live */

/* -- Its own memory ---------------------------------------------------------------------------- */

static const u8 *frame_behind(const struct guest_memory *memory, u32 gfn)
{
	static const u8 zeros[FRAME_SIZE];
	const struct gfn_entry *known = guest_memory_find(memory, to_gfn(gfn));

	return known ? frame_map(to_pfn(known->frame)) : zeros;
}

static void compare(const struct clone *clone, u32 gfn)
{
	if (memcmp(frame_behind(&clone->memory, gfn), clone->bytes + gfn * FRAME_SIZE, FRAME_SIZE))
		fail("clone %u: gfn %#x has other contents than the clone has written",
		     (u32)(clone - clones), gfn);
}

void clones_compare(u32 gfn)
{
	for (u32 i = 0; i < CLONES; i++)
		if (clones[i].lives)
			compare(&clones[i], gfn);
}

static void end(struct clone *clone)
{
	if (!clone->lives)
		return;
	for (u32 gfn = 0; gfn < GUEST_FRAMES; gfn++)
		compare(clone, gfn);
	guest_memory_close(&clone->memory);
	frames_close(&clone->account);
	clone->lives = false;
}

void clones_stop(void)
{
	for (u32 i = 0; i < CLONES; i++)
		end(&clones[(next_clone + i) % CLONES]);
	next_clone = 0;
}

void do_clone_end(const struct operation *o)
{
	end(&clones[o->value % CLONES]);
}

/* The clone's copies have to leave its shadow, which it does not have here. */
static void replaced(struct guest_memory *memory, gfn_t gfn, pfn_t old)
{
	if (machine_frame_of(memory, gfn_value(gfn)) == pfn_value(old))
		fail("gfn %#x has been replaced, and has the same frame", gfn_value(gfn));
}

/* To any place, over a limit of frames now and then. */
void do_clone_write(const struct operation *o)
{
	struct clone *clone = &clones[o->value % CLONES];
	u8 bytes[256], found[sizeof(bytes)];
	u32 size = 1 + (o->value >> 8) % sizeof(bytes);
	u32 gpa = (o->space | o->place << 8) % GUEST_FRAMES * FRAME_SIZE + o->page * 16u;
	u32 gfn = (gpa + size - 1) >> FRAME_SHIFT;

	if (!clone->lives || gfn >= GUEST_FRAMES)
		return;
	if (!guest_read(&clone->memory, to_gpa(gpa), found, size) ||
	    memcmp(found, clone->bytes + gpa, size))
		fail("clone %u reads at %#x what it has not written", (u32)(clone - clones), gpa);
	memset(bytes, (int)(o->value >> 16), sizeof(bytes));
	if (!guest_write(&clone->memory, to_gpa(gpa), bytes, size))
		fail("clone %u cannot write at %#x", (u32)(clone - clones), gpa);
	memcpy(clone->bytes + gpa, bytes, size);
	if (frame_owner(to_pfn(machine_frame_of(&clone->memory, gfn))) != clone->account.owner)
		fail("clone %u has written to a frame that is not its own", (u32)(clone - clones));
	compare(clone, gfn);
	compare_frame(gfn);
}

/* -- Sharing ----------------------------------------------------------------------------------- */

static bool open_clone(struct clone *clone)
{
	owner_t owner = OWNER_FIRST_GUEST + 1 + (clone - clones);

	if (!frames_open(&clone->account, owner, guest_memory_cost(GUEST_FRAMES)))
		return false;
	if (!guest_memory_open(&clone->memory, &clone->account, GUEST_FRAMES))
		fail("the clone's frames do not suffice");
	clone->memory.replaced = replaced;
	clone->lives = true;
	return true;
}

/* The frames of these gfns are copied, all others are shared, in the memory and in its clone. */
static void check_shared(const struct guest_memory *memory, const struct guest_memory *clone,
			 u32 kept, u32 kept_count)
{
	for (u32 gfn = 0; gfn < GUEST_FRAMES; gfn++) {
		u32 frame = machine_frame_of(memory, gfn);

		if (frame && gfn - kept < kept_count && machine_frame_of(clone, gfn) == frame)
			fail("gfn %#x is shared, and was to be copied", gfn);
		if (!frame || gfn - kept < kept_count)
			continue;
		if (machine_frame_of(clone, gfn) != frame ||
		    frame_owner(to_pfn(frame)) != OWNER_SHARED)
			fail("gfn %#x is not shared", gfn);
	}
}

static void share(struct guest_memory *memory, struct clone *clone, const struct operation *o)
{
	u32 kept = o->page % GUEST_FRAMES, kept_count = (o->value >> 8) % KEPT_MAX;
	struct frame_account funds;

	if (!frames_open(&funds, OWNER_SHARED, memory->owned))
		return;
	if (open_clone(clone)) {
		while (!guest_memory_share_some(memory, &clone->memory, &funds, to_gfn(kept),
						kept_count))
			;
		check_shared(memory, &clone->memory, kept, kept_count);
	}
	frames_close(&funds);
}

void do_share(const struct operation *o)
{
	struct clone *clone = &clones[next_clone], *from = &clones[o->value % CLONES];

	next_clone = (next_clone + 1) % CLONES;
	end(clone);
	if (from->lives && (o->value >> 16 & 1)) {
		share(&from->memory, clone, o);
		memcpy(clone->bytes, from->bytes, sizeof(clone->bytes));
		return;
	}
	IN_STRETCHES(shadow_drop_all(&guest.space));
	share(&guest.space.memory, clone, o);
	model_read(0, clone->bytes, sizeof(clone->bytes));
	audit_shadow();
	clones_audit();
}

/* -- Holders ----------------------------------------------------------------------------------- */

static u32 found_holders[MACHINE_FRAMES];

static void count_holders(const struct guest_memory *memory, owner_t owner)
{
	u32 owned = 0;

	for (u32 gfn = 0; gfn < GUEST_FRAMES; gfn++) {
		u32 frame = machine_frame_of(memory, gfn);
		owner_t there = frame_owner(to_pfn(frame));

		if (!frame)
			continue;
		found_holders[frame]++;
		owned += there == owner;
		if (there != owner && there != OWNER_SHARED)
			fail("gfn %#x leads to a frame of owner %u", gfn, there);
	}
	if (owned != memory->owned)
		fail("%u frames are owned, %u are counted", owned, memory->owned);
}

/* The frame of zeroes has no count. */
static void check_holders(u32 frame)
{
	u32 counted = frame_holders(to_pfn(frame)), found = found_holders[frame];

	if (frame == pfn_value(frame_of_zeroes()))
		found = 0;
	if (frame_owner(to_pfn(frame)) == OWNER_SHARED ? counted != found : found > 1)
		fail("frame %#x has %u holders, %u are counted", frame, found, counted);
}

void clones_audit(void)
{
	memset(found_holders, 0, sizeof(found_holders));
	count_holders(&guest.space.memory, OWNER_FIRST_GUEST);
	for (u32 i = 0; i < CLONES; i++)
		if (clones[i].lives)
			count_holders(&clones[i].memory, clones[i].account.owner);
	for (u32 frame = 0; frame < MACHINE_FRAMES; frame++)
		check_holders(frame);
	frames_check(NULL);
}

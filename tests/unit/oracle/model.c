// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's memory as it should be, and a plain walk of the tables in it. */
#include "tests/unit/oracle/model.h"

#include <string.h>

#include "tests/unit/oracle/history.h"

struct model model;
static u8 memory[GUEST_FRAMES * FRAME_SIZE];

void model_start(void)
{
	memset(memory, 0, sizeof(memory));
	model = (struct model){.linear = true};
	model_set_kernel_address(SWITCHER_START);
	history_start();
}

void model_set_kernel_address(u32 address)
{
	const u64 size = pae_shadow() ? 2 * MIB : 4 * MIB;

	model.kernel_address = address;
	/* Whole tables only, and never the Switcher's. */
	model.shared_from = (address + size - 1) / size * size;
}

/* -- Memory ---------------------------------------------------------------------------------- */

u64 model_entry(u32 gpa)
{
	u64 entry = 0;

	memcpy(&entry, memory + gpa, entry_size());
	return entry;
}

void model_read(u32 gpa, void *to, u32 size)
{
	memcpy(to, memory + gpa, size);
}

void model_store(u32 gpa, const void *from, u32 size)
{
	u32 first = gpa / entry_size() * entry_size();

	if (!memcmp(memory + gpa, from, size))
		return;
	for (u32 at = first; at < gpa + size; at += entry_size())
		history_remember(at, model_entry(at));
	memcpy(memory + gpa, from, size);
}

/* Every fourth store to a protected page table is the hypervisor's, for a device; the others are
 * the guest's own, whose page fault has lifted the protection. */
static void lift_protection(u32 gfn)
{
	static u32 stores;

	if (!is_protected(gfn) || ++stores % 4 == 0)
		return;
	shadow_never_protect(&guest.space, to_gfn(gfn));
	guest_memory_find(&guest.space.memory, to_gfn(gfn))->note = 0;
}

void guest_store(u32 gpa, const void *from, u32 size)
{
	for (u32 gfn = gpa >> FRAME_SHIFT; gfn <= (gpa + size - 1) >> FRAME_SHIFT; gfn++)
		lift_protection(gfn);
	if (!guest_write(&guest.space.memory, to_gpa(gpa), from, size))
		fail("no memory at %#x", gpa);
	model_store(gpa, from, size);
}

void guest_store_entry(u32 gpa, u64 entry)
{
	guest_store(gpa, &entry, entry_size());
}

u64 engine_entry(u32 gpa)
{
	u32 frame = machine_frame(gpa >> FRAME_SHIFT);
	u64 found = 0;

	if (frame)
		memcpy(&found, (u8 *)frame_map(to_pfn(frame)) + gpa % FRAME_SIZE, entry_size());
	return found;
}

void compare_entry(u32 gpa)
{
	u64 found = engine_entry(gpa);

	if (found != model_entry(gpa))
		fail("the entry at %#x is %#llx, but should be %#llx", gpa,
		     (unsigned long long)found, (unsigned long long)model_entry(gpa));
}

void compare_frame(u32 gfn)
{
	static const u8 zeros[FRAME_SIZE];
	u32 frame = machine_frame(gfn);

	if (memcmp(frame ? frame_map(to_pfn(frame)) : zeros, memory + gfn * FRAME_SIZE, FRAME_SIZE))
		for (u32 at = 0; at < FRAME_SIZE; at += entry_size())
			compare_entry(gfn * FRAME_SIZE + at);
}

/* -- Tables ---------------------------------------------------------------------------------- */

u32 entry_place(u32 level, u32 table, u32 at)
{
	if (pae_guest())
		return table + 8 * (level == 0   ? at >> 30
				    : level == 1 ? at >> 21 & 0x1FF
						 : at >> 12 & 0x1FF);
	return table + 4 * (level == 0 ? at >> 22 : at >> 12 & 0x3FF);
}

u32 table_behind(u64 entry)
{
	return (u32)entry & ~FRAME_OFFSET_MASK;
}

bool is_bad_entry(u32 level, u64 entry)
{
	const bool no_rights = pae_guest() && level == 0; /* SDM vol. 3, table 4-8 */
	u64 frame = (entry & ~PTE_NO_EXECUTE) >> FRAME_SHIFT;

	if (frame >= GUEST_FRAMES || (entry & PDE_LARGE))
		return true;
	if ((entry & PTE_NO_EXECUTE) && (no_rights || !setup.nx))
		return true;
	return no_rights &&
	       (entry & (PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL));
}

static const char *bad_entry_sentence(u32 level)
{
	if (level == leaf_level())
		return "bad page table entry";
	return pae_guest() && level == 1 ? "bad page middle directory entry"
					 : "bad page directory entry";
}

/* A guest need not announce changes of A and D. But they make a PAE top entry bad, if the same
 * entry is also a middle one. */
static u64 mark(u32 gpa, u32 marks, bool store, struct translation *found)
{
	u64 entry = model_entry(gpa) | marks;

	found->marked |= entry != model_entry(gpa);
	if (store)
		model_store(gpa, &entry, entry_size());
	return entry;
}

static enum fill_outcome look(u32 level, u32 place, const char **sentence)
{
	u64 entry = model_entry(place);

	if (!(entry & PTE_PRESENT))
		return FILL_NOT_PRESENT;
	if (!is_bad_entry(level, entry))
		return FILL_DONE;
	*sentence = bad_entry_sentence(level);
	return FILL_KILLED;
}

static bool allows(u64 upper, u64 leaf, u32 access)
{
	u64 both = upper & leaf;

	if ((access & ACCESS_WRITE) && !(both & PTE_WRITE))
		return false;
	if ((access & ACCESS_USER) && !(both & PTE_USER))
		return false;
	return !(access & ACCESS_FETCH) || !((upper | leaf) & PTE_NO_EXECUTE);
}

static enum fill_outcome walk_linear(u32 at, u32 access, struct translation *found,
				     const char **sentence)
{
	found->upper = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
	found->leaf = (at & ~FRAME_OFFSET_MASK) | found->upper | PTE_DIRTY;
	if (at >> FRAME_SHIFT >= GUEST_FRAMES) {
		*sentence = "bad page table entry";
		return FILL_KILLED;
	}
	return access & ACCESS_USER ? FILL_PROTECTED : FILL_DONE;
}

static enum fill_outcome walk(u32 at, u32 access, bool store, struct translation *found,
			      const char **sentence)
{
	u32 level, place, table = model.top;
	enum fill_outcome outcome;

	*sentence = NULL;
	found->levels = 0;
	found->marked = false;
	if (at >= SWITCHER_START)
		return FILL_NOT_PRESENT;
	if (model.linear)
		return walk_linear(at, access, found, sentence);
	for (level = 0;; level++) {
		place = entry_place(level, table, at);
		found->places[found->levels++] = place;
		outcome = look(level, place, sentence);
		if (outcome != FILL_DONE)
			return outcome;
		if (level == leaf_level())
			break;
		found->upper =
		    mark(place, pae_guest() && level == 0 ? 0 : PTE_ACCESSED, store, found);
		table = table_behind(found->upper);
	}
	if (!allows(found->upper, model_entry(place), access))
		return FILL_PROTECTED;
	found->leaf =
	    mark(place, PTE_ACCESSED | (access & ACCESS_WRITE ? PTE_DIRTY : 0), store, found);
	return FILL_DONE;
}

enum fill_outcome model_walk(u32 at, u32 access, struct translation *found, const char **sentence)
{
	return walk(at, access, true, found, sentence);
}

enum fill_outcome model_look(u32 at, u32 access, struct translation *found)
{
	const char *sentence;

	return walk(at, access, false, found, &sentence);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPU: walks the shadow tables. */
#include "tests/unit/oracle/hardware.h"

/* The bits that a present entry may have beside its frame. PWT, PCD, PAT and G are always clear:
 * memory is write-back, and a load of CR3 flushes all of the TLB. */
#define SLOT_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define LEAF_FLAGS (SLOT_FLAGS | PTE_DIRTY)

static u64 load(u32 frame, u32 index)
{
	const u8 *table = frame_map(to_pfn(frame));

	if (frame_owner(to_pfn(frame)) != OWNER_FIRST_GUEST)
		fail("a shadow table in frame %#x, which is not the guest's", frame);
	return pae_shadow() ? ((const u64 *)table)[index] : ((const u32 *)table)[index];
}

static u64 checked(u64 entry, u32 flags, u32 at)
{
	const u32 marks = flags & (PTE_ACCESSED | PTE_DIRTY);
	u64 no_execute = setup.nx && pae_guest() ? PTE_NO_EXECUTE : 0;

	if ((entry & PTE_PRESENT) && (entry & ~no_execute & ~0xFFFFF000ull & ~(u64)flags))
		fail("the shadow entry %#llx for %#x has a flag that it must not have",
		     (unsigned long long)entry, at);
	if ((entry & PTE_PRESENT) && (entry & marks) != marks)
		fail("the CPU has to write a mark into the shadow entry %#llx for %#x",
		     (unsigned long long)entry, at);
	return entry & PTE_PRESENT ? entry : 0;
}

static u32 frame_in(u64 entry)
{
	return (u32)entry >> FRAME_SHIFT;
}

u64 hardware_top(u32 root, u32 at)
{
	/* These four have no rights and no A (SDM vol. 3, table 4-8). */
	return checked(load(root, at >> 30), PTE_PRESENT, at);
}

/* Bits 9 and 10 are the engine's own; the CPU ignores them. */
static u64 seen_by_cpu(u64 entry)
{
	return entry & ~0x600ull;
}

u64 hardware_pde(u32 root, u32 at)
{
	u64 top;

	if (!pae_shadow())
		return checked(seen_by_cpu(load(root, at >> 22)), SLOT_FLAGS, at);
	top = hardware_top(root, at);
	return top ? checked(seen_by_cpu(load(frame_in(top), at >> 21 & 0x1FF)), SLOT_FLAGS, at)
		   : 0;
}

u64 hardware_leaf(u64 spde, u32 at)
{
	u32 index = at >> FRAME_SHIFT & (pae_shadow() ? 0x1FF : 0x3FF);
	u64 entry;

	entry = spde ? checked(seen_by_cpu(load(frame_in(spde), index)), LEAF_FLAGS, at) : 0;
	if ((entry & PTE_WRITE) && is_shared_frame(frame_in(entry)))
		fail("%#x can be written to, in the shared frame %#x", at, frame_in(entry));
	return entry;
}

struct mapping hardware_mapping(u64 spde, u64 leaf)
{
	return (struct mapping){
	    .present = spde && leaf,
	    .frame = frame_in(leaf),
	    .write = spde & leaf & PTE_WRITE,
	    .user = spde & leaf & PTE_USER,
	    .execute = !((spde | leaf) & PTE_NO_EXECUTE),
	};
}

struct mapping hardware_walk(u32 root, u32 at)
{
	u64 spde = hardware_pde(root, at);

	return hardware_mapping(spde, hardware_leaf(spde, at));
}

bool hardware_allows(const struct mapping *found, u32 access)
{
	if (!found->present)
		return false;
	if ((access & ACCESS_WRITE) && !found->write)
		return false;
	if ((access & ACCESS_USER) && !found->user)
		return false;
	return !(access & ACCESS_FETCH) || found->execute;
}

struct mapping expected_mapping(u64 upper, u64 leaf)
{
	struct mapping expected = hardware_mapping(upper, leaf);

	expected.frame = machine_frame(frame_in(leaf));
	expected.write &= (leaf & PTE_DIRTY) != 0; /* else the first write would not set it */
	expected.write &= !is_protected(frame_in(leaf));
	expected.write &= !is_shared_frame(expected.frame);
	return expected;
}

u32 current_root(void)
{
	return paddr_value(shadow_root(&guest.space.shadow)) >> FRAME_SHIFT;
}

u32 root_of(u32 top)
{
	const struct shadow *s = &guest.space.shadow;

	for (u32 i = 0; i < SHADOW_DIRECTORIES; i++)
		if (s->directories[i].used && gpa_value(s->directories[i].top) == top)
			return pfn_value(s->directories[i].root);
	return 0;
}

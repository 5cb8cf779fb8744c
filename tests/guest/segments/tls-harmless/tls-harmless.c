/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_TLS takes any descriptors, and makes each harmless or absent for which
 * LOAD_GDT_ENTRY would kill: conforming code, DPL 2, a system descriptor. The others are loaded
 * unchanged. Ring 3 may use all three: it runs, or has a trap.
 *
 * Reason: A process chooses them. Linux before 3.18 lets set_thread_area ask for conforming code of
 * DPL 3, which a CPU accepts in a GDT; a process must not be able to end its kernel by that.
 *
 * Method: Each present descriptor type with each DPL, in each of the three places. LAR shows the
 * result in the real table (Intel SDM 2, LAR). Ring 3 loads the selector into gs, and jumps to it.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define RINGS 4u
#define TYPES 32u /* S and the four bits of the type (Intel SDM 3, 3.4.5.1 and 3.5) */
#define TYPE_SHIFT 8
#define TYPE_CODE_CONFORMING 0x1Cu /* S, code, conforming */
#define LAR_DPL(rights) ((rights) >> 13 & 3)
#define LIMIT 0x1234u

/* The access rights of an entry, 0 if no descriptor of ring 1 or more is there. */
static u32 rights_of(u32 entry)
{
	u32 rights = 0;

	__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(entry * 8 + 1) : "cc");
	return rights;
}

static u32 limit_of(u32 entry)
{
	u32 limit = 0;

	__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(entry * 8 + 1) : "cc");
	return limit;
}

static bool is_harmless(u32 rights)
{
	if (!(rights & SEGMENT_PRESENT))
		return true;
	if (!(rights & SEGMENT_CODE_OR_DATA))
		return false;
	if ((rights >> TYPE_SHIFT & TYPE_CODE_CONFORMING) == TYPE_CODE_CONFORMING)
		return false;
	return LAR_DPL(rights) == 1 || LAR_DPL(rights) == 3;
}

/* Tries it in the place `slot`, with data of ring 3 in the two others; true if it is correct. */
static bool try_descriptor(u32 slot, struct descriptor d)
{
	struct descriptor tls[GUEST_TLS_ENTRIES];
	bool good = true;
	u32 i;

	for (i = 0; i < GUEST_TLS_ENTRIES; i++)
		tls[i] = descriptor_make(0, LIMIT + i, 3, SEGMENT_WRITABLE);
	tls[slot] = d;
	descriptor_load_tls(tls);
	for (i = 0; i < GUEST_TLS_ENTRIES; i++)
		good &= i == slot ? is_harmless(rights_of(GUEST_TLS_FIRST + i))
				  : limit_of(GUEST_TLS_FIRST + i) == LIMIT + i;
	return good;
}

static struct descriptor of_type(u32 type, u32 ring)
{
	struct descriptor d = descriptor_make(0, 0xFFFFFFFF, ring, 0);

	d.high = (d.high & ~SEGMENT_CODE_OR_DATA) | type << TYPE_SHIFT;
	return d;
}

static void try_all_types(u32 slot)
{
	u32 type, ring, bad = 0;

	for (type = 0; type < TYPES; type++)
		for (ring = 0; ring < RINGS; ring++)
			if (!try_descriptor(slot, of_type(type, ring))) {
				note("type %#x, DPL %u: rights %#x", type, ring,
				     rights_of(GUEST_TLS_FIRST + slot));
				bad++;
			}
	is_equal(bad, 0, "place %u: %u descriptors", slot, TYPES * RINGS);
}

static USER_CODE u32 load_gs(u32 selector)
{
	__asm__ volatile("movl %0, %%gs" : : "r"(selector));
	return 0;
}

/* A far return to the segment, and from there back to this one. */
static USER_CODE u32 visit(u32 selector)
{
	__asm__ volatile("pushl %%cs\n\t"
			 "pushl $1f\n\t"
			 "pushl %0\n\t"
			 "pushl $2f\n\t"
			 "lret\n"
			 "2:\tlret\n"
			 "1:"
			 :
			 : "r"(selector)
			 : "memory");
	return 0;
}

static void use_in_ring3(u32 type, const char *text)
{
	u32 slot, selector, traps = 0;

	for (slot = 0; slot < GUEST_TLS_ENTRIES; slot++) {
		try_descriptor(slot, of_type(type, 3));
		selector = (GUEST_TLS_FIRST + slot) * 8 + 3;
		traps += ring3_call(load_gs, selector).trapped;
		traps += ring3_call(visit, selector).trapped;
	}
	ok(true, "ring 3 loads and enters %s: %u of %u trap", text, traps, 2 * slot);
}

const char *guest_main(void)
{
	u32 slot;

	paging_start();
	user_map(kernel_directory);
	for (slot = 0; slot < GUEST_TLS_ENTRIES; slot++)
		try_all_types(slot);
	use_in_ring3(TYPE_CODE_CONFORMING, "conforming code");
	use_in_ring3(TYPE_CODE_CONFORMING | 2, "conforming code that can be read");
	use_in_ring3(2, "an LDT");
	use_in_ring3(9, "a task state");
	use_in_ring3(0xC, "a call gate");
	done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LOAD_GDT_ENTRY stores a present descriptor with DPL 0 changed to 1 and the accessed
 * bit set, and an absent one unchanged. Entries 10, 11, 16 and 31 are ignored.
 *
 * Reason: A kernel is written for ring 0; the CPU cannot mark the descriptors of a read-only table;
 * and the ABI keeps four entries for the hypervisor.
 *
 * Method: LAR and LSL, which read the real table, in ring 1; then the selectors are loaded.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define LIMIT 0x1234u
#define NONE 0u
#define LAR_BITS 0x00F0FF00u /* what LAR gives of the high word (Intel SDM 2, LAR) */
#define RING1 1

/* The access rights of an entry; NONE if the CPU shows ring 1 no descriptor there. */
static u32 rights_of(u32 entry)
{
	u32 rights = NONE;

	__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(entry * 8 + RING1) : "cc");
	return rights & LAR_BITS;
}

static u32 limit_of(u32 entry)
{
	u32 limit = NONE;

	__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(entry * 8 + RING1) : "cc");
	return limit;
}

static u32 load_gs(u32 selector)
{
	gs_write(selector);
	selector = gs_read();
	gs_write(0);
	return selector;
}

static void test_dpl(void)
{
	u32 ring, expected;

	for (ring = 0; ring <= 3; ring++) {
		if (ring == 2)
			continue;
		descriptor_load(ENTRY, descriptor_make(0, LIMIT, ring, SEGMENT_WRITABLE));
		expected = descriptor_make(0, LIMIT, ring ? ring : RING1,
					   SEGMENT_WRITABLE | SEGMENT_ACCESSED)
			       .high;
		is_equal(rights_of(ENTRY), expected & LAR_BITS, "data, DPL %u", ring);
		is_equal(limit_of(ENTRY), LIMIT, "data: LSL gives the limit");
		descriptor_load(ENTRY, descriptor_make(0, LIMIT, ring, SEGMENT_CODE));
		expected =
		    descriptor_make(0, LIMIT, ring ? ring : RING1, SEGMENT_CODE | SEGMENT_ACCESSED)
			.high;
		is_equal(rights_of(ENTRY), expected & LAR_BITS, "code, DPL %u", ring);
	}
}

static void test_not_present(void)
{
	struct descriptor absent = descriptor_make(0, LIMIT, RING1, SEGMENT_WRITABLE);

	absent.high &= ~SEGMENT_PRESENT;
	descriptor_load(ENTRY, absent);
	is_equal(rights_of(ENTRY), absent.high & LAR_BITS, "not present: stored as it is");
	is_trap(try_call(load_gs, ENTRY * 8 + RING1), VECTOR_NP, ENTRY * 8,
		"not present: #NP when it is loaded");
	absent.high = SEGMENT_TSS32;
	descriptor_load(ENTRY, absent);
	is_trap(try_call(load_gs, ENTRY * 8 + RING1), VECTOR_GP, ENTRY * 8,
		"a system descriptor that is not present cannot be loaded either");
}

static void test_ignored(void)
{
	static const u8 ignored[] = {10, 11, 16, 31};
	struct descriptor system = {0, SEGMENT_PRESENT | SEGMENT_TSS32};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ignored); i++) {
		descriptor_load(ignored[i], descriptor_make(0, LIMIT, RING1, SEGMENT_WRITABLE));
		is_equal(limit_of(ignored[i]), NONE, "entry %u is ignored", ignored[i]);
		is_trap(try_call(load_gs, ignored[i] * 8 + RING1), VECTOR_GP, ignored[i] * 8,
			"an ignored entry does not load");
		descriptor_load(ignored[i], system);
		is_equal(rights_of(ignored[i]), NONE,
			 "an ignored entry ignores system descriptors too");
	}
}

/* All other entries; those that ring 1 uses get the same descriptor again. */
static void test_all(void)
{
	u32 entry, bad = 0;

	for (entry = 1; entry < GUEST_GDT_ENTRIES; entry++) {
		if (entry == 10 || entry == 11 || entry == 16 || entry == 31 ||
		    entry == GUEST_CS / 8 || entry == GUEST_DS / 8)
			continue;
		descriptor_load(entry, descriptor_make(0, LIMIT + entry, 0, SEGMENT_WRITABLE));
		bad += limit_of(entry) != LIMIT + entry;
		bad += try_call(load_gs, entry * 8 + RING1).trapped;
	}
	is_equal(bad, 0, "every other entry can be used");
}

const char *guest_main(void)
{
	test_dpl();
	test_not_present();
	test_ignored();
	test_all();
	is_trap(try_call(load_gs, 4 | RING1), VECTOR_GP, 4, "a selector in the LDT is #GP");
	done();
}

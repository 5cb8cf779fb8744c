/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: The ring is run from its cursor to the first slot with status 0xFF, where the cursor
 * stays. Any other status means "to do" and becomes 0xFF. Only hypercalls run the ring.
 *
 * Reason: A guest is interrupted while it fills slots; slots behind a gap are not finished yet.
 *
 * Method: Each slot sets the limit of GDT entry 20, which LSL reads back: it tells which slot ran
 * last. The hypercall that runs the ring sets entry 21, if it does anything.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_TRAPS; /* whose set-up would use the ring */

#define ENTRY 20
#define DIRECT_ENTRY 21
#define ODD_STATUS 0x5A

static u32 limit_of(u32 entry)
{
	u32 limit = 0;

	__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(entry * 8 + 1) : "cc");
	return limit;
}

static void fill(u32 slot, u32 limit, u8 status)
{
	struct descriptor made = descriptor_make(0, limit, 1, SEGMENT_WRITABLE);

	lguest_data.hcalls[slot].eax = HCALL_LOAD_GDT_ENTRY;
	lguest_data.hcalls[slot].ebx = ENTRY;
	lguest_data.hcalls[slot].ecx = made.low;
	lguest_data.hcalls[slot].edx = made.high;
	lguest_data.hcall_status[slot] = status;
}

const char *guest_main(void)
{
	fill(0, 100, HCALL_SLOT_TODO);
	fill(2, 102, HCALL_SLOT_TODO);
	hcall_flush_async();
	is_equal(limit_of(ENTRY), 100, "the gap at slot 1 ends the first run");
	is_equal(lguest_data.hcall_status[0], HCALL_SLOT_DONE, "slot 0 is done");
	is_equal(lguest_data.hcall_status[2], HCALL_SLOT_TODO,
		 "slot 2, behind the gap, has not run");
	hcall_flush_async();
	is_equal(limit_of(ENTRY), 100, "the cursor stays at the gap");
	fill(1, 101, HCALL_SLOT_TODO);
	hcall_flush_async();
	is_equal(limit_of(ENTRY), 102, "with slot 1 filled, slots 1 and 2 run, in that order");

	fill(3, 103, ODD_STATUS);
	hcall_flush_async();
	is_equal(limit_of(ENTRY), 103, "a slot with a status other than 0 and 0xFF runs");
	is_equal(lguest_data.hcall_status[3], HCALL_SLOT_DONE, "that slot's status becomes 0xFF");

	fill(4, 104, HCALL_SLOT_TODO);
	try_in(0x64, 1);
	is_equal(limit_of(ENTRY), 103, "an exit that is no hypercall does not run the ring");
	descriptor_load(ENTRY, descriptor_make(0, 204, 1, SEGMENT_WRITABLE));
	is_equal(limit_of(ENTRY), 204, "the ring runs before the hypercall, not behind it");
	is_equal(lguest_data.hcall_status[4], HCALL_SLOT_DONE,
		 "the slot in front of the hypercall did run");
	descriptor_load(DIRECT_ENTRY, descriptor_make(0, 205, 1, SEGMENT_WRITABLE));
	is_equal(limit_of(ENTRY), 204, "no slot runs twice");
	is_equal(limit_of(DIRECT_ENTRY), 205, "a hypercall works with an empty ring");
	done();
}

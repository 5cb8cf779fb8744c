/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A data segment register whose descriptor becomes absent or unfit is null when the
 * guest goes on, although vectors 11 and 12 have direct gates.
 *
 * Reason: The fault occurs in ring 0, where a direct gate to ring 1 makes it a double fault.
 *
 * Method: fs and gs hold entry 20. It becomes absent, then execute-only code, then DPL 1 under an
 * RPL of 3. The kit's gates of 11 and 12 are trap gates.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ENTRY 20

static void try_change(struct descriptor changed, u32 rpl, const char *text)
{
	struct descriptor flat = descriptor_make(0, 0xFFFFFFFF, rpl, SEGMENT_WRITABLE);

	descriptor_load(ENTRY, flat);
	fs_write(ENTRY * 8 + rpl);
	gs_write(ENTRY * 8 + rpl);
	is_equal(gs_read(), ENTRY * 8 + rpl, "gs holds it");
	descriptor_load(ENTRY, changed);
	is_equal(gs_read(), 0, "%s: gs is null", text);
	is_equal(fs_read(), 0, "%s: fs is null", text);
}

const char *guest_main(void)
{
	struct descriptor flat = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE);
	struct descriptor absent = flat, code = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_CODE);

	absent.high &= ~SEGMENT_PRESENT;
	try_change(absent, 1, "absent");
	try_change(code, 1, "execute-only");
	try_change(flat, 3, "of DPL 1 for RPL 3");
	done();
}

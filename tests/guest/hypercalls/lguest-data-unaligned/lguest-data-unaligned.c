/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: struct lguest_data may lie at an odd address, across two pages, with a word of the
 * ring in both.
 *
 * Reason: The ABI allows any address in memory. The hypervisor accesses guest memory through its
 * frames, which are not adjacent.
 *
 * Method: LGUEST_INIT with such an address; then each use of the structure.
 *
 * Expect: shut down "tap: 8 passed"
 */
#include "tests/guest/hypercalls/lguest-data-end/elsewhere.h"

const u32 guest_options = GUEST_NO_INIT;

/* The offset in the structure where the page ends: inside a word of a hypercall in the ring. */
#define BEFORE_THE_BORDER (LGUEST_DATA_HCALLS + 3 * sizeof(struct hypercall_slot) + 1)

const char *guest_main(void)
{
	test_lguest_data_at(boot_memory() / 2 - BEFORE_THE_BORDER);
	done();
}

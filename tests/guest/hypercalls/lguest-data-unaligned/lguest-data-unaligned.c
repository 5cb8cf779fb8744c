// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * struct lguest_data at an odd address, across two pages, with one of the ring's words in both.
 *
 * The ABI allows any address in memory. The hypervisor reads and writes guest memory through its
 * frames, which are not next to each other.
 *
 * Expect: shut down "tap: 8 passed"
 */
#include "tests/guest/hypercalls/lguest-data-end/elsewhere.h"

const u32 guest_options = GUEST_NO_INIT;

/* So far into the structure that the page ends inside a word of a hypercall in the ring. */
#define BEFORE_THE_BORDER (LGUEST_DATA_HCALLS + 3 * sizeof(struct hypercall_slot) + 1)

const char *guest_main(void)
{
	test_lguest_data_at(boot_memory() / 2 - BEFORE_THE_BORDER);
	done();
}

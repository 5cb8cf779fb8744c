/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: struct lguest_data may lie in the last bytes of the guest's memory: both sides use all
 * its fields.
 *
 * Reason: The ABI allows any address in memory; die-data-straddling is one byte further up.
 *
 * Method: LGUEST_INIT with the last possible address; then each use of the structure, up to its
 * last field.
 *
 * Expect: shut down "tap: 8 passed"
 */
#include "tests/guest/hypercalls/lguest-data-end/elsewhere.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	test_lguest_data_at(boot_memory() - sizeof(struct lguest_data));
	done();
}

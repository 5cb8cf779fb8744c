// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * struct lguest_data in the last bytes of the guest's memory: both sides use it to its last field,
 * which is read, and the guest's memory ends right behind it.
 *
 * The ABI allows any address in memory; die-data-straddling is one byte further up.
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

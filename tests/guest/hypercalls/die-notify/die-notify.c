/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NOTIFY of an address that belongs neither to RAM nor to a device kills the guest.
 *
 * Reason: It is an error of a driver, which its author should see at once.
 *
 * Method: The last byte of RAM, which must pass, then an address far behind it.
 *
 * Expect: killed "bad NOTIFY address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	char *last = gpa_pointer(boot_memory() - 1);

	*last = '\n';
	hcall_notify(boot_memory() - 1);
	ok(true, "NOTIFY of the last byte of RAM passes");
	hcall_notify(boot_memory() + 16 * MIB);
	return "survived";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: NOTIFY of an address that is neither RAM nor a device's kills.
 *
 * Reason: it is a driver's error, best seen at once.
 *
 * Method: the last byte of RAM, which must pass, then far behind it.
 *
 * Expect: killed "bad NOTIFY address"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	char *last = gpa_pointer(boot_memory() - 1);

	*last = '\n';
	hcall_notify(boot_memory() - 1);
	ok(true, "the last byte is good");
	hcall_notify(boot_memory() + 16 * MIB);
	return "survived";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: asks for a restart at once, in every life.
 *
 * Reason: to be made and to be cleared away costs the hypervisor more than anything else that a guest
 * can ask for.
 *
 * Method: SHUTDOWN with 2, until its time is up.
 *
 * Module: mem=2M timeout=1
 * Expect: restarting "again"
 * Runner: tests/system/restarts.t
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	restart("again");
}

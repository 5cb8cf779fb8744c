/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest that asks for a restart at once, in each life, gets only its share of the CPU
 * and loses no frame.
 *
 * Reason: To create and to remove a guest costs the hypervisor more than any other request of a
 * guest.
 *
 * Method: SHUTDOWN with 2, until the time limit.
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

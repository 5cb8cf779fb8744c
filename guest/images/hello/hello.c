/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A small guest kernel prints its ring, memory and command line, reads a port, and
 * handles a page fault.
 *
 * Reason: It is the first guest to read.
 *
 * Method: The kit prints, probes and shuts down.
 *
 * Expect: shut down "goodbye"
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	struct wall_time now = wall_clock();
	struct outcome port, nowhere;

	printf("Hello from ring %u, with %u KB of memory, %u seconds after 1970.\n", cs_read() & 3,
	       boot_memory() / KIB, now.seconds);
	printf("My command line is \"%s\".\n", boot_command_line());

	/* A guest has no hardware: the hypervisor emulates the IN, which reads all ones. */
	port = try_in(0x64, 1);
	printf("The keyboard's status, for what it is worth: %02x.\n", port.value & 0xFF);

	/* On page tables of its own, the guest gets a page fault for an unmapped address. */
	paging_start();
	nowhere = try_read(0x12345678);
	printf("Reading 12345678: %s.\n", outcome_text(&nowhere));

	return nowhere.trapped ? "goodbye" : "that should not have worked";
}

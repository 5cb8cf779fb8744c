/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A command of the monitor shows the address spaces of a guest at one moment, also while
 * the guest switches among them.
 *
 * Reason: A mixture of several moments would mislead the reader.
 *
 * Method: The guest switches among eight directories, each with a page of its own that is read
 * after each switch, for times= rounds. The guest says "switching" when all have been current once.
 *
 * Module: mem=4M -- times=100
 * Expect: shut down "monitor-space-switches: went round 100 times"
 * Runner: tests/system/monitor.t
 */
#include "guest/include/kit.h"

#define SPACES 8u
#define AT 0x20000000u

const char *guest_main(void)
{
	struct page_table *spaces[SPACES];
	u32 times = boot_option_number("times", 100);

	for (u32 i = 0; i < SPACES; i++) {
		spaces[i] = directory_new();
		page_map_quietly(spaces[i], AT, gpa_of(page_with(i)), PTE_WRITE);
	}
	for (u32 round = 0; round < times; round++) {
		for (u32 i = 0; i < SPACES; i++) {
			directory_switch(spaces[i]);
			if (try_read(AT).value != i)
				shutdown("monitor-space-switches: wrong page in space %u", i);
		}
		if (!round)
			printf("switching\n");
	}
	shutdown("monitor-space-switches: went round %u times", times);
}

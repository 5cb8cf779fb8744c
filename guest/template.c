// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TEMPLATE: the purpose of this guest kernel.
 *
 * docs/guests.md is the kit on one page. The lines below may declare the guest's memory
 * (default 4M), its command line, and how it must end:
 *
 * Module: mem=4M -- greeting=hello
 * Expect: shut down "TEMPLATE is done"
 */
#include "guest/include/kit.h"

/* Runs in ring 3. */
static USER_CODE u32 twice(u32 number)
{
	return 2 * number;
}

const char *guest_main(void)
{
	char greeting[32] = "hello";
	struct outcome outcome;

	boot_option_value("greeting", greeting, sizeof(greeting));
	printf("%s from TEMPLATE, ring %u\n", greeting, cs_read() & 3);

	/* Page tables of our own, the ring-3 part of the image in them, a function run there. */
	paging_start();
	user_map(kernel_directory);
	outcome = ring3_call(twice, 21);
	printf("twice 21 in ring 3: %u\n", outcome.value);

	return "TEMPLATE is done"; /* the reason of the shutdown */
}

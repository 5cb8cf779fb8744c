/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: Each byte that a guest prints, at full speed, is shown. In merged mode each line stays
 * whole. A guest that is faster than the serial line waits.
 *
 * Reason: A missing line would be taken for an error of the program that printed it.
 *
 * Method: The guest prints kb= kilobytes of numbered lines of different lengths, whose text follows
 * from the number. Each NOTIFY takes as much as it can, and usually ends inside a line. The test
 * compares.
 *
 * Module: mem=2M timeout=60 -- kb=16
 * Expect: shut down "console-lines: "
 * Runner: tests/system/console.t
 */
#include "guest/include/kit.h"

#define NOTIFY_TEXT 1000u
#define LINE_SIZE 200u
#define LENGTHS 120u /* of the text behind the number */

static char text[NOTIFY_TEXT + 1];
static u32 used, printed;

static void flush(void)
{
	text[used] = '\0';
	hcall_notify(gpa_of(text));
	printed += used;
	used = 0;
}

static void put(char c)
{
	text[used++] = c;
	if (used == NOTIFY_TEXT)
		flush();
}

static void put_line(u32 number)
{
	char line[LINE_SIZE];
	u32 length = number * 7 % LENGTHS, i;

	snprintf(line, sizeof(line), "line %u ", number);
	for (i = 0; line[i]; i++)
		put(line[i]);
	for (i = 0; i < length; i++)
		put('a' + (number + i) % 26);
	put('\n');
}

const char *guest_main(void)
{
	static char reason[64];
	u32 limit = boot_option_number("kb", 16) * KIB, lines;

	for (lines = 0; printed + used < limit; lines++)
		put_line(lines);
	flush();
	snprintf(reason, sizeof(reason), "console-lines: %u lines", lines);
	return reason;
}

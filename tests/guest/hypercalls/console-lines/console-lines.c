// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behaviour: what a guest prints, as fast as it can, is shown to the last byte; in merged mode each
 * line is shown as one. A guest that is faster than the line waits.
 *
 * Reason: a line that is missing is looked for in the wrong program.
 *
 * Method: prints kb= kilobytes of numbered lines of different lengths, whose text follows from the
 * number; each NOTIFY takes as much as it can, and mostly ends in the middle of a line. The test
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: NOTIFY prints the string at its address exactly: of any length, at any start, across
 * pages, and up to the end of RAM if no NUL ends it.
 *
 * Reason: It is the only console before virtio, and messages of early errors come there.
 *
 * Method: Each string holds a TAP line in a place where the end of a buffer could cut or repeat it;
 * the runner checks the numbers.
 *
 * Expect: shut down "13 lines"
 */
#include "guest/include/kit.h"

#define BUFFER_SIZE (3 * PAGE_SIZE)
#define COMMENT_MAX 700u

static char buffer[BUFFER_SIZE] ALIGNED(PAGE_SIZE);
static u32 count;

/* A comment line of `length` characters, its newline among them, and a TAP line behind it. */
static u32 compose(char *at, u32 length, const char *what)
{
	at[0] = '#';
	memset(at + 1, '.', length - 2);
	at[length - 1] = '\n';
	count++;
	return length + snprintf(at + length, 80, "ok %u - %s\n", count, what);
}

static void print_long(u32 length, const char *what)
{
	compose(buffer, length, what);
	hcall_notify(gpa_of(buffer));
}

static void print_at_end_of_memory(void)
{
	static char line[COMMENT_MAX];
	u32 length = compose(line, 300, "up to the end of RAM, without a NUL");
	char *end = gpa_pointer(boot_memory());

	memcpy(end - length, line, length);
	hcall_notify(boot_memory() - length);
}

const char *guest_main(void)
{
	/* Around 128 and its multiples, for the number and for the newline in front of it. */
	static const u16 lengths[] = {2, 120, 123, 124, 126, 127, 128, 129, 250, 255, COMMENT_MAX};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		print_long(lengths[i], "a comment line before this one");
	compose(buffer + PAGE_SIZE - 30, 60, "on two pages");
	hcall_notify(gpa_of(buffer + PAGE_SIZE - 30));
	print_at_end_of_memory();
	buffer[0] = '\0';
	hcall_notify(gpa_of(buffer)); /* nothing at all */
	printf("1..%u\n", count);
	return count == 13 ? "13 lines" : "another number of lines";
}

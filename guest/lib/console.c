// SPDX-License-Identifier: GPL-2.0-or-later
/* Text to the hypervisor's console, a line at a time. */
#include "guest/include/console.h"
#include "guest/include/hypercall.h"
#include "lib/format.h"

#define LINE_SIZE 256

static char line[LINE_SIZE];
static u32 used;

void console_flush(void)
{
	if (!used)
		return;
	line[used] = '\0';
	used = 0;
	hcall_notify(gpa_of(line));
}

void console_put(char c)
{
	line[used++] = c;
	if (c == '\n' || used == LINE_SIZE - 1)
		console_flush();
}

static void put(char c, void *context)
{
	(void)context;
	console_put(c);
}

void vprintf(const char *text, va_list arguments)
{
	format(put, NULL, text, arguments);
}

void printf(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vprintf(text, arguments);
	va_end(arguments);
}

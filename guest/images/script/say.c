// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages, to the console or into a buffer. */
#include "guest/images/script/say.h"
#include "guest/include/console.h"
#include "lib/format.h"
#include "lib/string.h"

#define CUT "...\n"

static char *to; /* NULL: the console */
static size_t room, used;

void say_into(char *buffer, size_t size)
{
	to = buffer;
	room = size;
	used = 0;
	*to = '\0';
}

void vsay(const char *text, va_list arguments)
{
	if (!to) {
		vprintf(text, arguments);
		return;
	}
	used += vsnprintf(to + used, room - used, text, arguments);
	if (used < room)
		return;
	used = room - 1;
	memcpy(to + room - sizeof(CUT), CUT, sizeof(CUT));
}

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsay(text, arguments);
	va_end(arguments);
}

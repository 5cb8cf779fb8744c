/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of the state stream's lines (hv/domain/watch.h). */
#include "hv/domain/watch.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"

void watch_add(struct watch_text *line, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	line->size +=
	    vsnprintf(line->text + line->size, sizeof(line->text) - line->size, text, arguments);
	va_end(arguments);
	line->size = min_u32(line->size, sizeof(line->text) - 2); /* room for a line feed */
}

void watch_add_text(struct watch_text *line, const char *text)
{
	u32 size = min_u32(strlen(text), sizeof(line->text) - 2 - line->size);

	memcpy(line->text + line->size, text, size);
	line->size += size;
}

static void add_digits(struct watch_text *line, u32 number, bool all)
{
	u32 shift = all ? 28 : (31 - __builtin_clz(number)) & ~3u;
	char *to = line->text + line->size;

	if (line->size > sizeof(line->text) - 2 - 8)
		return;
	for (; shift; shift -= 4)
		*to++ = "0123456789abcdef"[number >> shift & 15];
	*to++ = "0123456789abcdef"[number & 15];
	line->size = to - line->text;
}

void watch_add_hex(struct watch_text *line, const char *key, u64 number)
{
	u32 high = number >> 32, low = (u32)number;

	watch_add_text(line, key);
	watch_add_text(line, number ? "0x" : "0");
	if (high)
		add_digits(line, high, false);
	if (number)
		add_digits(line, low, high);
}

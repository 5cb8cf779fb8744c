// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine of the unit tests. */
#include "tests/unit/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/panic.h"
#include "mm/frame_map.h"

u8 *machine_memory;
char panic_text[256];
static void *frame_table;

void panic(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(panic_text, sizeof(panic_text), text, arguments);
	va_end(arguments);
	/* Returns to assert_panics, or fails the test. */
	mock_assert(0, panic_text, "panic", 0);
	abort();
}

bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

void *machine_start(u32 frames)
{
	machine_stop();
	machine_memory = malloc((size_t)frames * FRAME_SIZE);
	frame_table = malloc(frames_table_size(frames));
	assert_non_null(machine_memory);
	assert_non_null(frame_table);
	frames_init(frame_table, frames);
	return frame_table;
}

void machine_stop(void)
{
	free(machine_memory);
	free(frame_table);
	machine_memory = NULL;
	frame_table = NULL;
}

u8 *frame_bytes(pfn_t frame)
{
	return machine_memory + (size_t)pfn_value(frame) * FRAME_SIZE;
}

bool all_bytes_are(const void *bytes, u8 value, size_t size)
{
	const u8 *byte = bytes;

	while (size && *byte == value) {
		byte++;
		size--;
	}
	return !size;
}

u32 random_below(u32 limit)
{
	static u32 state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

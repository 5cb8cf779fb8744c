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
static void *frame_entries;

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
	frame_entries = malloc(frames_table_size(frames));
	assert_non_null(machine_memory);
	assert_non_null(frame_entries);
	frames_init(frame_entries, frames);
	return frame_entries;
}

void machine_stop(void)
{
	free(machine_memory);
	free(frame_entries);
	machine_memory = NULL;
	frame_entries = NULL;
}

void machine_add_ram(u32 first, u32 count)
{
	frames_add(to_pfn(first - 1), 1);
	assert_int_equal(pfn_value(frame_of_zeroes()), first - 1);
	if (count)
		frames_add(to_pfn(first), count);
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

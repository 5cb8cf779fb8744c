/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of native tests: memory is an array, and a panic ends a test.
 */
#ifndef TESTS_UNIT_NATIVE_H
#define TESTS_UNIT_NATIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/types.h"
#include "mm/frames.h"
#include "tests/unit/parts.h"

/* The last message of panic(). */
extern char panic_text[256];

bool contains(const char *text, const char *part);

/* The statement must panic, and the message must contain `part`. */
#define assert_panics(statement, part)                                                             \
	do {                                                                                       \
		expect_assert_failure(statement);                                                  \
		if (!contains(panic_text, part))                                                   \
			fail_msg("\"%s\" lacks \"%s\"", panic_text, part);                         \
	} while (0)

/* Starts the frame allocator on `frames` new frames of memory; frame 0 stays the firmware's.
 * Returns the allocator's table. */
void *machine_start(u32 frames);
void machine_stop(void);

/* Gives RAM to the allocator, which may be nothing. As in boot/memory.c, there is a frame of zeroes: the
 * one before this RAM, so that all of it is free. */
void machine_add_ram(u32 first, u32 count);

/* The frame's contents. */
u8 *frame_bytes(pfn_t frame);

bool all_bytes_are(const void *bytes, u8 value, size_t size);

/* The same numbers in every run: xorshift32. */
u32 random_below(u32 limit);

#endif

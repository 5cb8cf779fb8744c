/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Test Anything Protocol on the console: `ok 1 - text`, `not ok 2 - text`, `1..2`.
 *
 *	const char *guest_main(void)
 *	{
 *		ok(1 + 1 == 2, "arithmetic works");
 *		is_equal(try_in(0x60, 1).value & 0xFF, 0xFF, "IN reads all ones");
 *		done();
 *	}
 */
#ifndef GUEST_TAP_H
#define GUEST_TAP_H

#include "guest/include/probe.h"

/* Optional, first: how many tests there will be; another number is then a failure. */
void plan(u32 tests);

/* Return the condition. */
bool ok(bool condition, const char *text, ...) PRINTF_LIKE(2, 3);
bool is_equal(u32 got, u32 expected, const char *text, ...) PRINTF_LIKE(3, 4);

/* Test that a probe did not trap; that it trapped in this way; that it was a page fault with this
 * error code at this address. On failure they print the actual outcome. */
bool is_fine(struct outcome outcome, const char *text, ...) PRINTF_LIKE(2, 3);
bool is_trap(struct outcome outcome, u32 vector, u32 error, const char *text, ...)
    PRINTF_LIKE(4, 5);
bool is_page_fault(struct outcome outcome, u32 error, u32 cr2, const char *text, ...)
    PRINTF_LIKE(4, 5);

/* Tests that a probe did not trap, and read, or returned, this value. */
bool is_value(struct outcome outcome, u32 expected, const char *text, ...) PRINTF_LIKE(3, 4);

/* Counts as one test that passed. */
void skip(const char *why, ...) PRINTF_LIKE(1, 2);

/* Counts a test that passed, for a guest that prints its line by itself; returns its number. */
u32 tap_number(void);

/* A comment line. */
void note(const char *text, ...) PRINTF_LIKE(1, 2);

/* Prints the plan, if plan() did not, and powers off; the reason is "tap: N passed" or "tap: M of N
 * failed". */
void done(void) NORETURN;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many consoles on one line, without the hardware. The clock and the line are the test's.
 */
#ifndef TESTS_UNIT_CONSOLE_LINE_H
#define TESTS_UNIT_CONSOLE_LINE_H

#include "tests/unit/native.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/console/console_input.h"
#include "hv/console/console_text.h"
#include "hv/console/multiplexer.h"

#define CONSOLES 5u
#define OUTPUT_SIZE (4u << 20)

extern struct console consoles[CONSOLES];
extern const char *const names[CONSOLES];
extern char output[OUTPUT_SIZE]; /* the bytes that the terminal got */
extern u32 output_size;
extern u64 now;
extern u32 polls; /* calls of console_request_poll */

/* Before each test: all consoles are open, the first is in front, or all are merged. */
#define FRONT_TEST(test) cmocka_unit_test_setup(test, start_front)
#define MERGED_TEST(test) cmocka_unit_test_setup(test, start_merged)
int start_front(void **state);
int start_merged(void **state);

/* Sends at most so many bytes; or all, after which `output` is a string. */
void send(u32 most);
void send_all(void);

/* Compares the output since the last call. */
void assert_output(const char *expected);

/* A guest prints. Returns the number of bytes that the console took. */
u32 print(u32 console, const char *text);

/* Types keys. */
void type(const char *keys);

/* For console_listen: appends to a string, its owner. */
bool take_key(void *owner, char byte);

#endif

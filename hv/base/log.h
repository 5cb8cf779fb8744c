/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines that the hypervisor said. */
#ifndef HV_LOG_H
#define HV_LOG_H

#include "lib/types.h"

#define LOG_LINES 32u
#define LOG_COLUMNS 128u /* of each, with its NUL: longer ones are cut */

/* The next character of the line that is being said; a newline ends it. */
void log_put(char c);

/* How many there have been; line `number` of these, or NULL if it is no longer (or not yet) kept. */
u32 log_count(void);
const char *log_line(u32 number);

/* A line of the hypervisor's own: "umbra: ", the text, a newline. Never within another one, and goes
 * out before anything that waits. hv/console/console_text.c implements it. */
void say(const char *text, ...) PRINTF_LIKE(1, 2);

#endif

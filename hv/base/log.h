/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's last messages. */
#ifndef HV_LOG_H
#define HV_LOG_H

#include "lib/types.h"

#define LOG_LINES 32u
#define LOG_COLUMNS 128u /* of each, with its NUL: longer ones are cut */

/* Appends a character to the current line; a newline ends the line. */
void log_put(char c);

/* log_count returns the number of complete lines so far. log_line returns line `number` of these,
 * counted from 0; NULL if it is too old to be kept, or not complete. */
u32 log_count(void);
const char *log_line(u32 number);

/* Prints a message: "umbra: ", the text, a newline. A message always has a line of its own, and is
 * printed before any output that is queued. hv/console/console_text.c implements it. */
void say(const char *text, ...) PRINTF_LIKE(1, 2);

#endif

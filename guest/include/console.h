/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console: text is gathered to a line, and a line is one NOTIFY.
 * Needs LGUEST_INIT. An interrupt handler that prints breaks into the line being printed.
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdarg.h>

#include "lib/types.h"

void printf(const char *text, ...) PRINTF_LIKE(1, 2);
void vprintf(const char *text, va_list arguments) PRINTF_LIKE(1, 0);
void console_put(char c);

/* Sends the beginning of an unfinished line. */
void console_flush(void);

#endif

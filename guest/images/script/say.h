/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where messages about lines go: to the console, or at the prompt into the answer to the line. */
#ifndef SCRIPT_SAY_H
#define SCRIPT_SAY_H

#include <stdarg.h>

#include "lib/types.h"

void say(const char *text, ...) PRINTF_LIKE(1, 2);
void vsay(const char *text, va_list arguments) PRINTF_LIKE(1, 0);

/* From now on all is written to `buffer`, of `size` bytes; what does not fit is cut. */
void say_into(char *buffer, size_t size);

#endif

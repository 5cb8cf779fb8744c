/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printf for a machine without a C library: %d %i %u %x %X %p %c %s %%, with the flags - 0 and #,
 * width and precision (numbers or *), and the lengths h hh l ll z. Nothing else: an unknown
 * conversion is printed as it stands. %p prints all digits of an address: 0x00001000.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/types.h"

/* Called with each character of the result. `context` is the caller's. */
typedef void format_sink(char c, void *context);

void format(format_sink *sink, void *context, const char *text, va_list arguments)
    PRINTF_LIKE(3, 0);

/* As in C99: the text is cut to size-1 characters and ended with a NUL; returns its full length. */
int snprintf(char *to, size_t size, const char *text, ...) PRINTF_LIKE(3, 4);
int vsnprintf(char *to, size_t size, const char *text, va_list arguments) PRINTF_LIKE(3, 0);

#endif

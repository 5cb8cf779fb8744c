/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in text: decimal digits, or hexadecimal digits behind 0x or 0X, and nothing else. */
#ifndef LIB_NUMBER_H
#define LIB_NUMBER_H

#include "lib/types.h"

enum number_outcome {
	NUMBER_FOUND,
	NUMBER_MISSING,   /* the text does not begin with a digit, or 0x has none behind it */
	NUMBER_TOO_LARGE, /* 2^32 or more */
};

/* Reads the number at the start of the `length` characters at `text`, which need no NUL. *value is
 * written when a number is found; *used, the characters of its prefix and digits, always. */
enum number_outcome number_scan(const char *text, size_t length, u32 *value, size_t *used);

/* True if all `length` characters are one number below 2^32. *value is written only then. */
bool number_parse(const char *text, size_t length, u32 *value);

/* Reads a list of numbers below `limit` (at most 32), such as "0,2" or "1-3,5": bit n of *bits is set if n is in it.
 * False, and *bits is unchanged, if the text is anything else, or empty. */
bool number_list_parse(const char *text, u32 limit, u32 *bits);

#endif

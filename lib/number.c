// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/number.h"

#define DECIMAL 10u
#define HEXADECIMAL 16u
#define PREFIX_LENGTH 2 /* of 0x */

/* The value of a digit in any base up to 16; HEXADECIMAL if the character is no digit. */
static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + DECIMAL;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + DECIMAL;
	return HEXADECIMAL;
}

static bool has_prefix(const char *text, size_t length)
{
	return length >= PREFIX_LENGTH && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

enum number_outcome number_scan(const char *text, size_t length, u32 *value, size_t *used)
{
	bool hexadecimal = has_prefix(text, length), too_large = false;
	size_t first = hexadecimal ? PREFIX_LENGTH : 0, at;
	u32 base = hexadecimal ? HEXADECIMAL : DECIMAL, number = 0;

	for (at = first; at < length && digit_value(text[at]) < base; at++)
		too_large |= __builtin_mul_overflow(number, base, &number) ||
			     __builtin_add_overflow(number, digit_value(text[at]), &number);
	*used = at;
	if (at == first)
		return NUMBER_MISSING;
	if (too_large)
		return NUMBER_TOO_LARGE;
	*value = number;
	return NUMBER_FOUND;
}

bool number_parse(const char *text, size_t length, u32 *value)
{
	size_t used;
	u32 number;

	if (number_scan(text, length, &number, &used) != NUMBER_FOUND || used != length)
		return false;
	*value = number;
	return true;
}

/* Reads a number below `limit` at *text, and moves *text behind it. */
static bool take_below(const char **text, u32 limit, u32 *number)
{
	size_t used, length = 0;

	while ((*text)[length])
		length++;
	if (number_scan(*text, length, number, &used) != NUMBER_FOUND || *number >= limit)
		return false;
	*text += used;
	return true;
}

/* The same for "N" or "N-M". */
static bool take_range(const char **text, u32 limit, u32 *bits)
{
	u32 first, last;

	if (!take_below(text, limit, &first))
		return false;
	last = first;
	if (**text == '-') {
		++*text;
		if (!take_below(text, limit, &last) || last < first)
			return false;
	}
	for (u32 n = first; n <= last; n++)
		*bits |= 1u << n;
	return true;
}

bool number_list_parse(const char *text, u32 limit, u32 *bits)
{
	u32 found = 0;

	do {
		if (!take_range(&text, limit, &found))
			return false;
	} while (*text++ == ',');
	if (text[-1])
		return false;
	*bits = found;
	return true;
}

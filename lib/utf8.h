/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8, a byte at a time. Only the well-formed sequences of the Unicode standard's table 3-7 are
 * characters: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include "lib/types.h"

#define UTF8_BYTES_MAX 4u

enum utf8_outcome {
	UTF8_MORE,      /* the byte is taken; its character is not complete yet */
	UTF8_CHARACTER, /* the byte completes the character in `bytes` */
	UTF8_MALFORMED, /* the byte is taken; it is part of no character */
	UTF8_CUT_SHORT, /* the character before is incomplete; pass the byte again */
};

/* All zeroes at the start. */
struct utf8 {
	u8 bytes[UTF8_BYTES_MAX];
	u8 size, length; /* bytes taken, and bytes that the character has */
	u8 low, high;    /* the next byte lies between these */
};

/* Takes the next byte. */
enum utf8_outcome utf8_take(struct utf8 *decoder, u8 byte);

/* The character's number, after UTF8_CHARACTER. */
u32 utf8_value(const struct utf8 *decoder);

/* True for a byte that only continues a character. */
static inline bool utf8_continues(u8 byte)
{
	return (byte & 0xC0) == 0x80;
}

/* The number of bytes taken of an incomplete character. */
static inline u32 utf8_pending(const struct utf8 *decoder)
{
	return decoder->size < decoder->length ? decoder->size : 0;
}

#endif

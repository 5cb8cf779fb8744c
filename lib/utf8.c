/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/utf8.h"

#define CONTINUATION_FIRST 0x80u
#define CONTINUATION_LAST 0xBFu
#define CONTINUATION_BITS 6

/* Table 3-7: the ranges of first bytes, the length of their characters, and the range of the second
 * byte. */
static const struct {
	u8 first, last, length, low, high;
} leads[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static enum utf8_outcome begin(struct utf8 *decoder, u8 byte)
{
	for (u32 i = 0; i < ARRAY_SIZE(leads); i++)
		if (byte >= leads[i].first && byte <= leads[i].last) {
			decoder->bytes[0] = byte;
			decoder->size = 1;
			decoder->length = leads[i].length;
			decoder->low = leads[i].low;
			decoder->high = leads[i].high;
			return decoder->length == 1 ? UTF8_CHARACTER : UTF8_MORE;
		}
	decoder->size = decoder->length = 0;
	return UTF8_MALFORMED;
}

enum utf8_outcome utf8_take(struct utf8 *decoder, u8 byte)
{
	if (!utf8_pending(decoder))
		return begin(decoder, byte);
	if (byte < decoder->low || byte > decoder->high) {
		decoder->size = decoder->length = 0;
		return UTF8_CUT_SHORT;
	}
	decoder->bytes[decoder->size++] = byte;
	decoder->low = CONTINUATION_FIRST;
	decoder->high = CONTINUATION_LAST;
	return decoder->size == decoder->length ? UTF8_CHARACTER : UTF8_MORE;
}

u32 utf8_value(const struct utf8 *decoder)
{
	u32 value = decoder->bytes[0];

	if (decoder->length > 1)
		value &= 0x7Fu >> decoder->length;
	for (u32 i = 1; i < decoder->length; i++)
		value = value << CONTINUATION_BITS |
			(decoder->bytes[i] & ((1u << CONTINUATION_BITS) - 1));
	return value;
}

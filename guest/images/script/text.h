/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script as text: lines, and the words in a line. It may contain any bytes, NUL included: its end
 * is given by its length only.
 */
#ifndef SCRIPT_TEXT_H
#define SCRIPT_TEXT_H

#include "lib/types.h"

#define WORDS_MAX 64 /* in a line */

struct text {
	const char *at, *end;
};

struct word {
	const char *at;
	u32 length;
};

struct line {
	u32 number; /* from 1 */
	u32 count;
	bool crowded; /* there were more than WORDS_MAX */
	struct word words[WORDS_MAX];
};

/* Takes the next line off the text; false at the end. Text behind a # is left out, and "two words"
 * in quotation marks are one, marks included. */
bool text_next_line(struct text *text, struct line *line);

bool word_is(const struct word *word, const char *string);

/* A decimal or 0x number below 2^32. */
bool word_number(const struct word *word, u32 *number);

/* Copies `text` on one line: blanks become one, unprintable characters question marks. Cut to
 * size-1 characters. */
void text_copy(struct word text, char *to, size_t size);

#endif

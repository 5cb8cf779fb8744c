/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that a person has typed: cut out of a line, and compared with those that are known. */
#ifndef HV_TEXT_MATCH_H
#define HV_TEXT_MATCH_H

#include "lib/types.h"

/* Cuts `line` into words at its blanks, in place. Returns their number. If there are more than
 * `most`, the last word contains the rest of the line. */
u32 words_split(char *line, char **words, u32 most);

/* The number of typing errors between two words: additional, missing, wrong or swapped letters.
 * Only the first WORD_COMPARED letters are compared. */
u32 words_distance(const char *a, const char *b);
#define WORD_COMPARED 31u

#define WORDS_NONE UINT32_MAX

enum words_match {
	WORDS_FOUND,     /* this very word, or it is the only one that begins so */
	WORDS_AMBIGUOUS, /* several begin so; *index: one of them */
	WORDS_UNKNOWN,   /* *index: the nearest one, or WORDS_NONE if none is near */
};

/* Looks for `word` among those that `known` lists, from 0 until it returns NULL. */
enum words_match words_find(const char *word, const char *(*known)(u32 n), u32 *index);

#endif

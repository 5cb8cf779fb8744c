/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that a person has typed: cut out of a line, and compared with those that are known. */
#ifndef HV_WORDS_H
#define HV_WORDS_H

#include "lib/types.h"

/* Cuts `line` into words at its blanks, in place. Returns how many; those beyond `most` are left in
 * the last one. */
u32 words_split(char *line, char **words, u32 most);

/* How many typing errors lie between two words: letters too many, too few, wrong or swapped. Of
 * words longer than WORD_COMPARED only that much counts. */
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

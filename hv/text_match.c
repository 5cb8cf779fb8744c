/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/text_match.h"

#include "lib/min_max.h"
#include "lib/string.h"

u32 words_split(char *line, char **words, u32 most)
{
	u32 count = 0;

	for (;;) {
		while (*line == ' ')
			line++;
		if (!*line)
			return count;
		words[count++] = line;
		if (count == most)
			return count;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = 0;
	}
}

static u32 least(u32 a, u32 b, u32 c)
{
	return min_u32(min_u32(a, b), c);
}

/*
 * The optimal string alignment distance, a row of the table for each letter of `a`. rows[i % 3][j]
 * is the distance of the first i letters of `a` from the first j of `b`.
 */
u32 words_distance(const char *a, const char *b)
{
	u8 rows[3][WORD_COMPARED + 1];
	u32 a_length = strnlen(a, WORD_COMPARED), b_length = strnlen(b, WORD_COMPARED);

	for (u32 j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (u32 i = 1; i <= a_length; i++) {
		u8 *row = rows[i % 3];
		const u8 *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (u32 j = 1; j <= b_length; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_u32(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

/* A near word has at most one error, plus one for each three letters of `word`. */
static bool is_near(u32 distance, const char *word)
{
	return distance <= 1 + strnlen(word, WORD_COMPARED) / 3;
}

static u32 nearest(const char *word, const char *(*known)(u32 n))
{
	u32 best = UINT32_MAX, found = WORDS_NONE;
	const char *candidate;

	for (u32 i = 0; (candidate = known(i)); i++) {
		u32 distance = words_distance(word, candidate);

		if (distance < best && is_near(distance, word)) {
			best = distance;
			found = i;
		}
	}
	return found;
}

enum words_match words_find(const char *word, const char *(*known)(u32 n), u32 *index)
{
	u32 length = strlen(word), beginning = 0;
	const char *candidate;

	for (u32 i = 0; (candidate = known(i)); i++) {
		if (!strcmp(word, candidate)) {
			*index = i;
			return WORDS_FOUND;
		}
		if (!strncmp(word, candidate, length) && !beginning++)
			*index = i;
	}
	if (!beginning) {
		*index = nearest(word, known);
		return WORDS_UNKNOWN;
	}
	return beginning == 1 ? WORDS_FOUND : WORDS_AMBIGUOUS;
}

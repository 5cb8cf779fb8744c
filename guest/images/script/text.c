// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines, words and numbers. */
#include "guest/images/script/text.h"
#include "lib/number.h"
#include "lib/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct text *text)
{
	while (text->at < text->end && is_blank(*text->at))
		text->at++;
}

/* The text starts with a word. */
static struct word take_word(struct text *text)
{
	struct word word = {text->at, 0};
	bool quoted = *text->at == '"';

	do
		text->at++;
	while (text->at < text->end &&
	       (quoted ? *text->at != '"' : !is_blank(*text->at) && *text->at != '#'));
	if (quoted && text->at < text->end)
		text->at++;
	word.length = text->at - word.at;
	return word;
}

static const char *line_end(const struct text *text)
{
	const char *at = text->at;

	while (at < text->end && *at != '\n')
		at++;
	return at;
}

bool text_next_line(struct text *text, struct line *line)
{
	struct text rest = {text->at, line_end(text)};

	if (text->at == text->end)
		return false;
	text->at = rest.end < text->end ? rest.end + 1 : text->end;
	line->number++;
	line->count = 0;
	line->crowded = false;
	for (skip_blanks(&rest); rest.at < rest.end && *rest.at != '#'; skip_blanks(&rest)) {
		line->crowded = line->count == WORDS_MAX;
		if (line->crowded)
			break;
		line->words[line->count++] = take_word(&rest);
	}
	return true;
}

bool word_is(const struct word *word, const char *string)
{
	return word->length == strlen(string) && !memcmp(word->at, string, word->length);
}

bool word_number(const struct word *word, u32 *number)
{
	return number_parse(word->at, word->length, number);
}

void text_copy(struct word text, char *to, size_t size)
{
	u32 i, used = 0;

	for (i = 0; i < text.length && used + 1 < size; i++) {
		char c = text.at[i];

		if (is_blank(c) && used && to[used - 1] == ' ')
			continue;
		to[used++] = is_blank(c) ? ' ' : c < ' ' || c > '~' ? '?' : c;
	}
	to[used] = '\0';
}

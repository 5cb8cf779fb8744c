// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot/command_line.h"

#include "lib/number.h"
#include "lib/string.h"

#define TOO_LARGE (1ull << 32)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* A backslash that makes the character behind it an ordinary one. */
static bool is_escape(const char *text)
{
	return *text == '\\' && text[1] && strchr("\\\"'", text[1]);
}

/* The first character behind a quoted part that starts at `text`; NULL if it has no end. */
static const char *after_quotes(const char *text)
{
	for (text++; *text; text++) {
		if (*text == '"')
			return text + 1;
		if (is_escape(text))
			text++;
	}
	return NULL;
}

/* GRUB puts quotes around a whole KEY=VALUE with blanks in it, users around the VALUE. */
bool word_next(const char **text, struct word *word)
{
	const char *end, *quoted;

	word->start = skip_blanks(*text);
	for (end = word->start; *end && !is_blank(*end);) {
		quoted = *end == '"' ? after_quotes(end) : NULL;
		end = quoted ? quoted : end + 1 + is_escape(end);
	}
	word->length = end - word->start;
	*text = end;
	return word->length > 0;
}

bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->length && !strncmp(word->start, text, word->length);
}

bool word_take_value(struct word *word, const char *key)
{
	size_t quote = *word->start == '"', length = quote + strlen(key);

	if (word->length <= length || strncmp(word->start + quote, key, length - quote) ||
	    word->start[length] != '=')
		return false;
	word->start += length + 1;
	word->length -= length + 1;
	return true;
}

void word_copy(const struct word *word, char *to, size_t size)
{
	const char *from = word->start, *end = from + word->length;
	size_t length = 0;

	for (; from < end && length < size - 1; from++) {
		if (*from == '"')
			continue;
		if (is_escape(from))
			from++;
		to[length++] = *from;
	}
	to[length] = 0;
}

static bool take_option(const char **text, struct word *word)
{
	return word_next(text, word) && !word_is(word, "--");
}

bool option_value(const char *line, const char *key, char *value, size_t size)
{
	struct word word;
	bool found = false;

	while (take_option(&line, &word)) {
		if (word_take_value(&word, key)) {
			word_copy(&word, value, size);
			found = true;
		}
	}
	return found;
}

bool option_next(const char **line, char *word, size_t size)
{
	struct word option;

	if (!take_option(line, &option))
		return false;
	word_copy(&option, word, size);
	return true;
}

bool option_present(const char *line, const char *word)
{
	struct word option;

	while (take_option(&line, &option)) {
		if (word_is(&option, word))
			return true;
	}
	return false;
}

bool parse_size_u64(const char *text, u64 *bytes)
{
	size_t used;
	u32 number;
	enum number_outcome outcome = number_scan(text, strlen(text), &number, &used);

	if (outcome == NUMBER_MISSING)
		return false;
	*bytes = outcome == NUMBER_FOUND ? number : TOO_LARGE;
	text += used;
	switch (*text) {
	case 'G': /* NOLINT(bugprone-branch-clone): they fall through, a factor each */
	case 'g':
		*bytes *= KIB; /* fall through */
	case 'M':
	case 'm':
		*bytes *= KIB; /* fall through */
	case 'K':
	case 'k':
		*bytes *= KIB;
		text++;
	}
	return !*text;
}

bool parse_size(const char *text, u32 *bytes)
{
	u64 value;

	if (!parse_size_u64(text, &value) || value >= TOO_LARGE)
		return false;
	*bytes = (u32)value;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines: the hypervisor's own, and the string of a module. A line consists of words,
 * separated by blanks. Blanks between double quotes belong to a word. A backslash before a
 * backslash or a quote makes that character an ordinary one.
 */
#ifndef BOOT_COMMAND_LINE_H
#define BOOT_COMMAND_LINE_H

#include "lib/types.h"

/* -- Options: words before the end of the line or a word "--" -- */

/* Copies VALUE of the last option KEY=VALUE, without its quotes, cut to size-1 characters. False if
 * there is none: `value` is then as before. */
bool option_value(const char *line, const char *key, char *value, size_t size);

/* Copies the next option without its quotes, cut to size-1 characters, and moves *line behind it.
 * False at the end. */
bool option_next(const char **line, char *word, size_t size);

/* True if `word` is one of the options. */
bool option_present(const char *line, const char *word);

/* -- Single words -- */

/* A part of the line, quotes and backslashes included. */
struct word {
	const char *start;
	size_t length;
};

const char *skip_blanks(const char *text);

/* Takes the next word off *text; false at the end. */
bool word_next(const char **text, struct word *word);

bool word_is(const struct word *word, const char *text);

/* If the word is KEY=VALUE or "KEY=VALUE", cuts it down to VALUE; the closing quote stays. False if
 * it is not. */
bool word_take_value(struct word *word, const char *key);

/* Copies the word without quotes and backslashes, cut to size-1 characters. */
void word_copy(const struct word *word, char *to, size_t size);

/* -- Sizes: a number (lib/number.h), then K, M, G or nothing -- */

/* "64M" to bytes. False if the text is no size below 4 GB: *bytes is then as before. */
bool parse_size(const char *text, u32 *bytes);

/* The same for sizes of any length. From 4 GB up *bytes is not exact, but 2^32 or more. */
bool parse_size_u64(const char *text, u64 *bytes);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Candidates. A step's operands are described by letters, one for each place; the last one is for
 * all places behind it too.
 *
 *	1. Names
 *	2. Candidates of each kind
 *	3. Operands
 */
#include "guest/images/script/complete.h"
#include "guest/images/script/commands.h"
#include "guest/images/script/cursor.h"
#include "guest/images/script/session.h"
#include "lib/string.h"

/*
 * 1. Names: the prompt has none of the things themselves, only the worker has.
 */
#define NAMES_MAX 128u

static struct {
	char text[THING_NAME_SIZE];
	enum thing_kind kind;
} names[NAMES_MAX];
static u32 name_count;

static void add_name(const struct word *word, enum thing_kind kind)
{
	if (name_count == NAMES_MAX || !thing_good_name(word) || word_is(word, "code"))
		return;
	text_copy(*word, names[name_count].text, THING_NAME_SIZE);
	names[name_count++].kind = kind;
}

static void add_names(const char *text)
{
	struct text whole = {text, text + strlen(text)};
	struct line line = {0};
	u32 i, kind;

	text_next_line(&whole, &line);
	for (kind = THING_PAGE; line.count && kind <= THING_DIRECTORY; kind++)
		for (i = 1; i < line.count && word_is(&line.words[0], thing_kind_name(kind)); i++)
			add_name(&line.words[i], kind);
}

void complete_update(void)
{
	u32 i;

	name_count = 0;
	for (i = 0; i < session_lines(); i++)
		add_names(typed_line(i)->text);
}

/*
 * 2. Candidates of each kind: number `n` of them, or NULL.
 */
static const char *name_of_kinds(u32 n, u32 kinds)
{
	u32 i;

	for (i = 0; i < name_count; i++)
		if ((kinds >> names[i].kind & 1) && !n--)
			return names[i].text;
	return NULL;
}

static const char *directory(u32 n)
{
	return name_of_kinds(n, 1u << THING_DIRECTORY);
}

static const char *page_or_table(u32 n)
{
	return name_of_kinds(n, 1u << THING_PAGE | 1u << THING_TABLE);
}

static const char *any_name(u32 n)
{
	return name_of_kinds(n, ~0u);
}

static const char *entry_or_not(u32 n)
{
	return n ? entry_word(n - 1) : "not";
}

static const char *of_list(const char *const *list, u32 count, u32 n)
{
	return n < count ? list[n] : NULL;
}

static const char *flushed(u32 n)
{
	static const char *const words[] = {"user", "all"};

	return of_list(words, ARRAY_SIZE(words), n);
}

static const char *behind_access(u32 n)
{
	static const char *const words[] = {"ring", "expect"};

	return of_list(words, ARRAY_SIZE(words), n);
}

static const char *ring(u32 n)
{
	static const char *const words[] = {"1", "3"};

	return of_list(words, ARRAY_SIZE(words), n);
}

static const char *behind_trap(u32 n)
{
	return n ? NULL : "error";
}

static const char *unit(u32 n)
{
	return n ? NULL : "ms";
}

static const char *killed(u32 n)
{
	return n ? NULL : "killed";
}

static const char *expectation(u32 n)
{
	const struct expectation *row = expectation_at(n);

	return row ? row->word : NULL;
}

/* `ends`, the last row, is for files. */
static const char *step_or_command(u32 n)
{
	u32 steps = 0;
	const struct command *command;

	while (verb_at(steps + 1))
		steps++;
	if (n < steps)
		return verb_at(n)->word;
	command = command_at(n - steps);
	return command ? command->word : NULL;
}

static const char *any_word(u32 n)
{
	u32 steps = 0;

	while (step_or_command(steps))
		steps++;
	return n < steps ? step_or_command(n) : expectation(n - steps);
}

/*
 * 3. Operands.
 */
typedef const char *candidates(u32 n);

static const struct {
	char letter;
	candidates *of;
} kinds[] = {
    {'a', any_name},      {'d', directory},   {'e', entry_or_not}, {'f', flushed},
    {'h', any_word},      {'k', killed},      {'m', unit},         {'p', page_or_table},
    {'r', behind_access}, {'t', behind_trap}, {'x', expectation},
};

struct operands {
	const char *word, *letters;
};

static const struct operands of_steps[] = {
    {"map", "d-pe"},   {"unmap", "d-"},   {"link", "d-pe"}, {"unlink", "d-"},    {"set_pte", "d-"},
    {"set_pgd", "d-"}, {"switch", "d"},   {"flush", "f-"},  {"hypercall", "-a"}, {"read", "ar"},
    {"write", "aar"},  {"execute", "ar"}, {"int", "-r"},    {"wait", "-m-"},     {"expect", "x"},
    {"show", "d-"},    {"help", "h-"},    {"save", "k-"},
};

static const struct operands of_expectations[] = {
    {"value", "a-"}, {"trap", "-t-"}, {"pte", "de"}, {"pde", "de"}, {"page", "aa-"},
};

static candidates *kind_of(char letter)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].letter == letter)
			return kinds[i].of;
	return NULL;
}

/* The candidates for operand number `place`, from 0, of this word in a table of `count` rows. */
static candidates *operand(const struct operands *rows, u32 count, const struct word *word,
			   u32 place)
{
	u32 i, last;

	for (i = 0; i < count; i++) {
		if (!word_is(word, rows[i].word))
			continue;
		last = strlen(rows[i].letters) - 1;
		return kind_of(rows[i].letters[place < last ? place : last]);
	}
	return NULL;
}

/* The number of the word `expect` in front of word `end`; `end` if there is none. */
static u32 find_expect(const struct line *line, u32 end)
{
	u32 i;

	for (i = 0; i < end; i++)
		if (word_is(&line->words[i], "expect"))
			return i;
	return end;
}

static candidates *candidates_at(const struct line *line, u32 word)
{
	u32 expect = find_expect(line, word);

	if (!word)
		return step_or_command;
	if (expect + 1 < word)
		return operand(of_expectations, ARRAY_SIZE(of_expectations),
			       &line->words[expect + 1], word - expect - 2);
	if (expect + 1 == word)
		return expectation;
	if (word_is(&line->words[word - 1], "ring"))
		return ring;
	return operand(of_steps, ARRAY_SIZE(of_steps), &line->words[0], word - 1);
}

const char *complete_candidate(const char *text, u32 word, u32 n)
{
	struct text whole = {text, text + strlen(text)};
	struct line line = {0};
	candidates *found;

	text_next_line(&whole, &line);
	if (word > line.count)
		return NULL; /* in a comment, or behind a quotation */
	found = candidates_at(&line, word);
	return found ? found(n) : NULL;
}
